"""The rows of every declared table, worked out again from the log: by table and key, what a row must say, stated twice.

Shares nothing with projections/ but the tables' names and what their keys mean. Personal fields are opened by `opened`.
"""

import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from tests.reference.log import LogEvent
from tests.reference.told import concerned

Rows = dict[str, dict[tuple[Any, ...], dict[str, Any]]]
Counts = dict[str, dict[tuple[Any, ...], int]]
Opened = Callable[[LogEvent, str], Any]

COUNTED = {
    "likes": 1,
    "comments": 1,
    "posts_by_author": 1,
    "salted_posts": 1,
    "followers": 1,
    "following": 1,
    "bells": 1,
}
"""Counted tables, and how many parts of the key they are counted by."""

TABLES = (
    *("accounts", "suspended_accounts", "avatars", "usernames", "confirmed_emails", "addresses"),
    *("posts", "post_status", "likes", "comments"),
    *(
        "posts_by_author",
        "salted_posts",
        "followers",
        "following",
        "bells",
        "bells_by_followee",
        "blocks",
        "celebrities",
        "notifications",
        "notifications_read",
    ),
    *("devices", "moderation", "moderation_days", "found_posts", "found_accounts"),
)
STARTED = {
    "follow.started": "followed_at",
    "follow.bell_added": "bell_since",
    "block.started": "blocked_at",
    "post.liked": "liked_at",
}
"""Of what is there or not: the event that it begins with, and the column that says when."""


def rows_of(events: Iterable[LogEvent], opened: Opened) -> Rows:
    """What every table holds after these events: the last one of each stream decides."""
    first: dict[tuple[str, int], LogEvent] = {}
    for event in sorted(events, key=lambda one: one.place):
        first.setdefault((event.stream, event.version), event)
    rows: Rows = {name: {} for name in TABLES}
    for _, event in sorted(first.items()):
        if event.stream.startswith("celebrity/"):
            rows["celebrities"]["celebrity", event.stream.partition("/")[2]] = _celebrity(event)
        else:
            _of_account(rows, event, opened)
            _happened(rows, event, opened)
        concerned(rows["notifications"], event)
        _judged(rows, event)
    return rows


def counts_of(rows: Rows) -> Counts:
    """How many rows there are, by what counted tables count by."""
    return {name: Counter(key[:parts] for key in rows[name]) for name, parts in COUNTED.items()}


def _of_account(rows: Rows, event: LogEvent, opened: Opened) -> None:
    data, last = event.data, event.stream.rpartition("/")[2]
    match event.name:
        case "account.opened" | "account.profile_changed":
            name = opened(event, "username")
            bio = opened(event, "bio") if "bio" in data else ""
            shown = {"username": name, "display_name": opened(event, "display_name"), "bio": bio}
            rows["accounts"][last,] = {**shown, "opened_at": data["opened_at"]}
            rows["usernames"][name.lower(),] = {"account_id": last}
            rows["found_accounts"][last,] = {"opened_at": data["opened_at"]}
            if event.name == "account.opened":
                rows["addresses"][opened(event, "email").casefold(), last] = {}
        case "account.email_confirmed":
            rows["addresses"][opened(event, "email").casefold(), last] = {}
        case "account.suspended" | "account.reinstated":
            name, bio = opened(event, "username"), opened(event, "bio")
            shown = {"username": name, "display_name": opened(event, "display_name"), "bio": bio}
            to, of = ("suspended_accounts", "accounts")[:: 1 if event.name.endswith("suspended") else -1]
            rows[to][last,] = {**shown, "opened_at": data["opened_at"]}
            rows[of].pop((last,), None)
            rows["found_accounts"][last,] = {"opened_at": data["opened_at"]}
            if to == "suspended_accounts":
                rows["found_accounts"].pop((last,))
        case "device.registered" | "device.removed":
            rows["devices"].pop((data.get("before_id"), last), None)
            rows["devices"].pop((data["account_id"], last), None)
            if event.name == "device.registered":
                rows["devices"][data["account_id"], last] = {"platform": data["platform"]}


def _happened(rows: Rows, event: LogEvent, opened: Opened) -> None:
    data, last = event.data, event.stream.rpartition("/")[2]
    match event.name:
        case "post.reserved":
            rows["post_status"][last,] = {"status": "pending", "published_at": None}
        case "post.published":
            at, author = data["published_at"], data["author_id"]
            rows["post_status"][last,] = {"status": "published", "published_at": at}
            rows["posts"][last,] = _post(event, opened, data, None)
            _listed(rows, data, last)
            rows["found_posts"][last,] = {"author_id": author, "published_at": at}
        case "post.edited" if data["picture"]:
            rows["posts"][last,] = _post(event, opened, data["picture"], event.at)
        case "post.removed":
            rows["post_status"][last,] = {"status": "rejected", "published_at": None}
            rows["posts"].pop((last,), None)
            rows["found_posts"].pop((last,), None)
            _listed(rows, data, last, gone=True)
        case "post.restored":
            rows["post_status"][last,] = {"status": "processing", "published_at": None}
        case "post.deleted":
            at = data["published_at"]
            rows["post_status"][last,] = {"status": "deleted", "published_at": at}
            rows["posts"].pop((last,), None)
            rows["found_posts"].pop((last,), None)
            _listed(rows, data, last, gone=True)
        case "follow.started" | "follow.ended":
            _turned(rows["followers"], event, data["followee_id"], _bucket(data["follower_id"]), data["follower_id"])
            _turned(rows["following"], event, data["follower_id"], data["followee_id"])
        case "follow.bell_added" | "follow.bell_removed":
            follower, followee = data["follower_id"], data["followee_id"]
            _turned(rows["bells"], event, follower, followee)
            _turned(rows["bells_by_followee"], event, followee, _bucket(follower), follower)
        case "notification.read":
            rows["notifications_read"][last,] = {"up_to": data["up_to"]}
        case "block.started" | "block.ended":
            _turned(rows["blocks"], event, data["blocker_id"], data["blocked_id"])
        case "post.liked" | "post.unliked":
            _turned(rows["likes"], event, data["post_id"], _bucket(data["account_id"]), data["account_id"])
        case "comment.written" | "comment.restored":
            said = {"author_id": data["author_id"], "text": opened(event, "text")}
            rows["comments"][data["post_id"], data["written_at"], last] = said
        case "comment.deleted" | "comment.removed":
            rows["comments"].pop((data["post_id"], data["written_at"], last), None)


def _listed(rows: Rows, data: dict[str, Any], post: str, *, gone: bool = False) -> None:
    """Among its author's posts; older events know of no salt."""
    author, at, salt = data["author_id"], data["published_at"], data.get("salt", 0)
    table, key = ("salted_posts", (author, salt, at, post)) if salt else ("posts_by_author", (author, at, post))
    if gone:
        rows[table].pop(key, None)
    else:
        rows[table][key] = {}


def _judged(rows: Rows, event: LogEvent) -> None:
    """What moderators look at, and what they have decided."""
    data, about = event.data, event.stream.rpartition("/")[2]
    match event.name:
        case "report.filed":
            about = data["comment_id"] or data["post_id"] or data["user_id"]
            said = {"said": "report", "reason": data["reason"], "reporter_id": data["reporter_id"]}
        case "case.flagged":
            said = {"said": data["source"], "reason": data["match"], "reporter_id": ""}
        case "case.decided":
            said = {"said": data["verdict"], "reason": data["reason"], "reporter_id": ""}
        case _:
            return
    rows["moderation"][about, event.at, event.event_id] = said
    if event.name != "case.decided":
        day = datetime.fromtimestamp(event.at / 1_000, UTC).strftime("%Y-%m-%d")
        rows["moderation_days"][day, event.at, event.event_id] = {"about_id": about}


def _celebrity(event: LogEvent) -> dict[str, Any]:
    spans = [[span["since"], span["until"], span["settled"]] for span in event.data["spans"]]
    return {"spans": spans, "followers": event.data["followers"], "again_at": event.data["again_at"]}


def _turned(rows: dict[tuple[Any, ...], dict[str, Any]], event: LogEvent, *key: Any) -> None:
    if event.name in STARTED:
        rows[key] = {STARTED[event.name]: event.at}
    else:
        rows.pop(key, None)


def _post(event: LogEvent, opened: Opened, picture: dict[str, Any], edited_at: int | None) -> dict[str, Any]:
    said = {"author_id": event.data["author_id"], "caption": opened(event, "caption")}
    return {**said, "published_at": picture["published_at"], "width": picture["width"], "edited_at": edited_at}


def _bucket(account: str) -> int:
    return zlib.crc32(account.encode()) % 16
