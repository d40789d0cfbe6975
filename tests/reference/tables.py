"""The rows of every declared table, worked out again from the log: by table and key, what a row must say, stated twice.

Shares nothing with projections/ but the tables' names and what their keys mean. Personal fields are opened by `opened`.
"""

import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from tests.reference.log import LogEvent

Rows = dict[str, dict[tuple[Any, ...], dict[str, Any]]]
Counts = dict[str, dict[tuple[Any, ...], int]]
Opened = Callable[[LogEvent, str], Any]

COUNTED = {"likes": 1, "comments": 1, "posts_by_author": 1, "followers": 1, "following": 1}
"""Counted tables, and how many parts of the key they are counted by."""

TABLES = (
    *("accounts", "usernames", "confirmed_emails", "addresses", "posts", "post_status", "likes", "comments"),
    *("posts_by_author", "followers", "following", "blocks", "celebrities", "notifications", "notifications_read"),
)
STARTED = {"follow.started": "followed_at", "block.started": "blocked_at", "post.liked": "liked_at"}
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
            _happened(rows, event, opened)
        _concerned(rows["notifications"], event)
    return rows


def counts_of(rows: Rows) -> Counts:
    """How many rows there are, by what counted tables count by."""
    return {name: Counter(key[:parts] for key in rows[name]) for name, parts in COUNTED.items()}


def _happened(rows: Rows, event: LogEvent, opened: Opened) -> None:
    data, last = event.data, event.stream.rpartition("/")[2]
    match event.name:
        case "account.opened" | "account.profile_changed":
            name = opened(event, "username")
            bio = opened(event, "bio") if "bio" in data else ""
            shown = {"username": name, "display_name": opened(event, "display_name"), "bio": bio}
            rows["accounts"][last,] = {**shown, "opened_at": data["opened_at"]}
            rows["usernames"][name.lower(),] = {"account_id": last}
            if event.name == "account.opened":
                rows["addresses"][opened(event, "email").casefold(), last] = {}
        case "account.email_confirmed":
            rows["addresses"][opened(event, "email").casefold(), last] = {}
        case "post.reserved":
            rows["post_status"][last,] = {"status": "pending", "published_at": None}
        case "post.published":
            at, author = data["published_at"], data["author_id"]
            rows["post_status"][last,] = {"status": "published", "published_at": at}
            rows["posts"][last,] = _post(event, opened, data, None)
            rows["posts_by_author"][author, at, last] = {}
        case "post.edited":
            rows["posts"][last,] = _post(event, opened, data["picture"], event.at)
        case "post.deleted":
            at = data["published_at"]
            rows["post_status"][last,] = {"status": "deleted", "published_at": at}
            rows["posts"].pop((last,), None)
            rows["posts_by_author"].pop((data["author_id"], at, last), None)
        case "follow.started" | "follow.ended":
            _turned(rows["followers"], event, data["followee_id"], _bucket(data["follower_id"]), data["follower_id"])
            _turned(rows["following"], event, data["follower_id"], data["followee_id"])
        case "notification.read":
            rows["notifications_read"][last,] = {"up_to": data["up_to"]}
        case "block.started" | "block.ended":
            _turned(rows["blocks"], event, data["blocker_id"], data["blocked_id"])
        case "post.liked" | "post.unliked":
            _turned(rows["likes"], event, data["post_id"], _bucket(data["account_id"]), data["account_id"])
        case "comment.written":
            said = {"author_id": data["author_id"], "text": opened(event, "text")}
            rows["comments"][data["post_id"], data["written_at"], last] = said
        case "comment.deleted":
            rows["comments"].pop((data["post_id"], data["written_at"], last), None)


def _concerned(rows: dict[tuple[Any, ...], dict[str, Any]], event: LogEvent) -> None:
    """Whom an event is told of, unless they did it themselves. A comment's id says when, and so does an event's."""
    data = event.data
    match event.name:
        case "post.liked":
            told, actor, after = [(data.get("author_id"), "like")], data["account_id"], event.event_id
        case "post.mentioned":
            told, actor, after = [(one, "mention") for one in data["tells"]], data["author_id"], event.event_id
        case "follow.started":
            told, actor, after = [(data["followee_id"], "follow")], data["follower_id"], event.event_id
        case "comment.written":
            author, actor, after = data.get("post_author_id"), data["author_id"], data["comment_id"]
            told = [(author, "comment"), *((one, "mention") for one in data.get("mentions", ()) if one != author)]
        case _:
            return
    post = event.stream.rpartition("/")[2] if event.name == "post.mentioned" else data.get("post_id", "")
    about = {"actor_id": actor, "post_id": post, "comment_id": data.get("comment_id", "")}
    for recipient, kind in told:
        if recipient not in (None, actor):
            rows[recipient, kind, f"no_{after[3:14]}"] = about


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
