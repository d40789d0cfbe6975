"""GET /notifications: skeleton (the newest of each kind), hydrate, filter (what no longer stands), group, present.

All that a page needs is read at once, whatever it holds: the groups, and how many of them are unread, are those of the
newest WINDOW of each kind.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from projections import accounts, bells, blocks, comments, feed, likes, notifications, posts
from projections.accounts import ACCOUNTS
from projections.buckets import bucket
from projections.comments import COMMENTS
from projections.feed import FOLLOWER
from projections.likes import LIKES
from projections.notifications import FOLLOW, KINDS, LIKE, NOTIFICATIONS, NOTIFICATIONS_READ, VERDICTS
from projections.ports import MAX_KEYS, chunks
from projections.posts import POSTS
from query_api.bells import new_posts
from query_api.call import SIGNED, Page, Viewer, Wired, cursors, fresh, listed
from query_api.groups import Group, grouped
from query_api.reads import Found, Reads, Wanted, find
from query_api.relations import Relation, apart, relate, to_users
from query_api.users import MediaUrl, User, show_user, want_users
from schemas.ids import AccountId
from schemas.notifications import Notifications
from schemas.tables import Key, Row, Table
from schemas.times import rfc3339

router = APIRouter(tags=["notifications"])
FRESH = fresh(*(part.PROJECTION for part in (accounts, posts, feed, blocks, likes, comments, notifications, bells)))
WINDOW = MAX_KEYS
ACTORS = 3
"""Shown of one group."""


@router.get("/notifications", response_model=Notifications, dependencies=[SIGNED, FRESH])
async def notifications_of(request: Request, page: Page, viewer: Viewer, wired: Wired) -> Response:
    """What others have done that concerns the viewer, newest first; grouped by kind and post, read ones apart."""
    places = cursors(wired, "notifications", viewer)
    start = places.read(page.cursor)
    rows, up_to = await newest(viewer, wired)
    standing = await standing_of(viewer, rows, wired)
    groups = grouped((row for row in rows if standing.holds(row)), up_to)
    left = groups if start is None else [group for group in groups if group.id < start[0]]
    shown = left[: page.limit]
    cursor = places.write((shown[-1].id,)) if len(left) > page.limit else None
    unread = sum(not group.read for group in groups)
    return listed(request, "notifications", [standing.shown(one) for one in shown], cursor, unread_count=unread)


async def newest(viewer: AccountId, wired: Reads) -> tuple[list[Row], str]:
    """The newest rows of each kind, with those of new posts, and up to where they were read."""
    partitions = [(viewer, kind) for kind in KINDS]
    heads, marks, posted = await asyncio.gather(
        wired.tables.heads(NOTIFICATIONS, partitions, WINDOW),
        wired.tables.get(NOTIFICATIONS_READ, [(viewer,)]),
        new_posts(viewer, wired.tables),
    )
    mark = marks.get((viewer,))
    return [*posted, *(row for head in heads.values() for row in head.rows)], mark["up_to"] if mark else ""


@dataclass(frozen=True)
class Standing:
    """What there is of what rows tell of, as the viewer may see it."""

    viewer: AccountId
    found: Found
    related: Relation
    media_url: MediaUrl
    likes: frozenset[Key]
    comments: frozenset[Key]

    def holds(self, row: Row) -> bool:
        """Whether it is still so, and nobody in it is hidden or gone."""
        if row["kind"] in VERDICTS.values():
            return True
        user = self.found.row(ACCOUNTS, row["actor_id"])
        if user is None or user["username"] is None or apart(self.related, row["actor_id"]):
            return False
        if row["kind"] == FOLLOW:
            return bool(self.related[FOLLOWER.kind + row["actor_id"]])
        if self.found.row(POSTS, row["post_id"]) is None or apart(self.related, row["author_id"]):
            return False
        if row["kind"] == LIKE:
            return _like(row) in self.likes
        return not row["comment_id"] or _comment(row) in self.comments

    def shown(self, group: Group) -> dict[str, Any]:
        """A group as the viewer sees it."""
        return {
            "notification_id": group.id,
            "kind": group.kind,
            "actors": [self._actor(one) for one in group.actors[:ACTORS]],
            "count": len(group.actors),
            **({"post_id": group.post_id} if group.post_id else {}),
            "created_at": rfc3339(group.at),
            "read": group.read,
        }

    def _actor(self, actor: str) -> User | None:
        return show_user(self.found, self.related, actor, self.viewer, self.media_url)


async def standing_of(viewer: AccountId, rows: Sequence[Row], wired: Reads) -> Standing:
    rows = [row for row in rows if row["kind"] not in VERDICTS.values()]
    wanted, actors = Wanted(), dict.fromkeys(row["actor_id"] for row in rows)
    want_users(wanted, actors)
    wanted.row(POSTS, {(row["post_id"],): None for row in rows if row["post_id"]})
    others = dict.fromkeys([*actors, *(row["author_id"] for row in rows if row["author_id"])])
    found, related, liked, commented = await asyncio.gather(
        find(wanted, wired),
        relate(viewer, to_users(others), wired),
        _there(LIKES, [_like(row) for row in rows if row["kind"] == LIKE], wired),
        _there(COMMENTS, [_comment(row) for row in rows if row["comment_id"]], wired),
    )
    return Standing(viewer, found, related, wired.media_url, liked, commented)


async def _there(table: Table, keys: Iterable[Key], wired: Reads) -> frozenset[Key]:
    """Which of these rows there are, in one round trip."""
    some = chunks(list(dict.fromkeys(keys)))
    return frozenset().union(*await asyncio.gather(*(wired.tables.get(table, one) for one in some)))


def _like(row: Row) -> Key:
    return row["post_id"], bucket(row["actor_id"]), row["actor_id"]


def _comment(row: Row) -> Key:
    return row["post_id"], row["notified_at"], row["comment_id"]
