"""How a viewer stands to accounts and posts: from memory, the copies, the rows. Used by users and cards."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from projections.blocks import BLOCKED, BLOCKER, BLOCKS
from projections.buckets import bucket
from projections.feed import FOLLOWEE, FOLLOWER, FOLLOWING
from projections.likes import LIKED, LIKES
from projections.ports import Related, Stamp
from query_api.card_memory import FOLLOWED, FOLLOWS, NO_PAGE, NOBODY, OnPage
from query_api.card_memory import LIKED as LIKES_IT
from query_api.memory import Entry
from query_api.reads import Reads
from schemas.ids import AccountId
from schemas.tables import Key, Table

MOST_VIEWERS = 20_000
"""Of whom a process remembers how they stand; those that came first go first. One takes up to 50 KB, mostly 6."""
MOST_MEMBERS = 600
"""What is remembered of one viewer: some ten pages; who asks for more begins anew."""


class Relation(dict[str, bool | None]):
    """By member, as projections name it: FOLLOWEE, FOLLOWER, BLOCKED, BLOCKER or LIKED, and whom or what.

    May hold more than was asked. Does not change: who learns more makes another.
    """

    __slots__ = ("last_feed_page",)

    def __init__(self, said: Mapping[str, bool | None] = MappingProxyType({})) -> None:
        super().__init__(said)
        self.last_feed_page = NO_PAGE
        """How the viewer saw it: the one thing here that changes."""

    def flags(self, post: OnPage, liked: bool) -> int:
        """What cards differ in. `liked`: whether anybody likes it; if not, nothing need be known of the viewer's like.
        Raises KeyError."""
        followed, follows, likes = members_of(post.post_id, post.author_id)
        return FOLLOWED * bool(self[followed]) + FOLLOWS * bool(self[follows]) + LIKES_IT * bool(liked and self[likes])


class _Unsaid(Relation):
    """Of nobody, nothing is said."""

    __slots__ = ()

    def flags(self, post: OnPage, liked: bool) -> int:
        """See Relation."""
        return NOBODY

    def __missing__(self, member: str) -> None:
        return None


OF_NOBODY = _Unsaid()


def members_of(post: str, author: str) -> tuple[str, str, str]:
    """What the flags are called, in their order."""
    return FOLLOWEE.kind + author, FOLLOWER.kind + author, LIKED.kind + post


async def relate(viewer: AccountId | None, members: Sequence[str], reads: Reads, since: Any = None) -> Relation:
    """How this viewer stands to these, as it is at `since` (a moment of the caches; None: now) or later; without a
    viewer nothing is said."""
    if viewer is None:
        return OF_NOBODY
    await reads.caches.fence(reads.caches.moment() if since is None else since)
    before = remembered(viewer, reads)
    missing = [member for member in dict.fromkeys(members) if member not in before]
    if not missing:
        return before
    if len(before) > MOST_MEMBERS:
        before, missing = Relation(), list(dict.fromkeys(members))

    async def load(_names: Sequence[str]) -> dict[str, Entry]:
        return {viewer: Entry(Relation({**before, **await _look(viewer, missing, reads)}))}

    read: Relation = (await reads.related.renew(viewer, load)).row
    if all(member in read for member in missing):
        return read
    return Relation({**read, **await _look(viewer, missing, reads)})  # somebody else's question was under way


def remembered(viewer: AccountId | None, reads: Reads) -> Relation:
    """What is known already; believe it behind a fence."""
    if viewer is None:
        return OF_NOBODY
    kept = reads.related.entries.get(viewer)
    return kept.row if kept else Relation()


def to_users(users: Iterable[str]) -> list[str]:
    """What showing these accounts asks."""
    return [member for user in users for member in (FOLLOWEE.kind + user, FOLLOWER.kind + user, *to_blocks(user))]


def to_blocks(user: str) -> tuple[str, str]:
    """Whether the viewer has blocked this account, and it the viewer."""
    return BLOCKED.kind + user, BLOCKER.kind + user


def apart(related: Relation, user: str) -> bool:
    """Whether either has blocked the other: the viewer sees nothing of this account then. Asked for `to_blocks`."""
    blocked, blocker = to_blocks(user)
    return bool(related[blocked] or related[blocker])


async def are_apart(viewer: AccountId | None, other: str, reads: Reads) -> bool:
    """Whether a block stands between the two, either way: then nothing of the one is there for the other."""
    return viewer is not None and apart(await relate(viewer, to_blocks(other), reads), other)


async def _look(viewer: AccountId, members: Sequence[str], reads: Reads) -> dict[str, bool]:
    known, lease = await reads.relations.look(viewer, members)
    if len(known) == len(members):
        return known
    read = await _read(viewer, [member for member in members if member not in known], reads)
    await reads.relations.fill(lease, read)
    return {**known, **{row.member: row.present for row in read}}


async def _read(viewer: AccountId, members: Sequence[str], reads: Reads) -> list[Related]:
    rows = {member: _row(viewer, member) for member in members}
    tables = list({table for table, _ in rows.values()})
    asked = [reads.tables.stamps(table, [key for of, key in rows.values() if of == table]) for table in tables]
    stamps: dict[tuple[Table, Key], Stamp] = {}
    for table, found in zip(tables, await asyncio.gather(*asked), strict=True):
        stamps.update({(table, key): stamp for key, stamp in found.items()})
    return [_related(viewer, member, stamps.get(row)) for member, row in rows.items()]


def _row(viewer: AccountId, member: str) -> tuple[Table, Key]:
    """The row that says it."""
    kind, other = member[:1], member[1:]
    if kind == FOLLOWEE.kind:
        return FOLLOWING, (viewer, other)
    if kind == FOLLOWER.kind:
        return FOLLOWING, (other, viewer)
    if kind == BLOCKED.kind:
        return BLOCKS, (viewer, other)
    if kind == BLOCKER.kind:
        return BLOCKS, (other, viewer)
    if kind == LIKED.kind:
        return LIKES, (other, bucket(viewer), viewer)
    raise ValueError(f"no relation is called {kind}")


def _related(viewer: AccountId, member: str, stamp: Stamp | None) -> Related:
    return Related(viewer, member, stamp.number if stamp else 0, stamp is not None and stamp.present)
