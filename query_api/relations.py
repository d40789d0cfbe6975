"""How a viewer stands to accounts and posts: asked of the copies first, then of the rows. Used by users and cards."""

from collections.abc import Iterable, Mapping, Sequence

from projections.buckets import bucket
from projections.feed import FOLLOWEE, FOLLOWER, FOLLOWING
from projections.likes import LIKED, LIKES
from projections.ports import Related, Stamp
from query_api.reads import Reads
from schemas.ids import AccountId
from schemas.tables import Key, Table

Relation = Mapping[str, bool]
"""By member, as projections name it: FOLLOWEE, FOLLOWER or LIKED, and whom or what."""


async def relate(viewer: AccountId | None, members: Sequence[str], reads: Reads) -> Relation:
    """How this viewer stands to these; without a viewer nothing is said."""
    if viewer is None:
        return {}
    known, lease = await reads.relations.look(viewer, members)
    if len(known) == len(members):
        return known
    missing = [member for member in dict.fromkeys(members) if member not in known]
    read = await _read(viewer, missing, reads)
    await reads.relations.fill(lease, read)
    return {**known, **{row.member: row.present for row in read}}


def to_users(users: Iterable[str]) -> list[str]:
    """What showing these accounts asks."""
    return [member for user in users for member in (FOLLOWEE.kind + user, FOLLOWER.kind + user)]


async def _read(viewer: AccountId, members: Sequence[str], reads: Reads) -> list[Related]:
    rows = {member: _row(viewer, member) for member in members}
    stamps: dict[tuple[Table, Key], Stamp] = {}
    for table in {table for table, _ in rows.values()}:
        keys = [key for of, key in rows.values() if of == table]
        stamps.update({(table, key): stamp for key, stamp in (await reads.tables.stamps(table, keys)).items()})
    return [_related(viewer, member, stamps.get(row)) for member, row in rows.items()]


def _row(viewer: AccountId, member: str) -> tuple[Table, Key]:
    """The row that says it."""
    kind, other = member[:1], member[1:]
    if kind == FOLLOWEE.kind:
        return FOLLOWING, (viewer, other)
    if kind == FOLLOWER.kind:
        return FOLLOWING, (other, viewer)
    if kind == LIKED.kind:
        return LIKES, (other, bucket(viewer), viewer)
    raise ValueError(f"no relation is called {kind}")


def _related(viewer: AccountId, member: str, stamp: Stamp | None) -> Related:
    return Related(viewer, member, stamp.number if stamp else 0, stamp is not None and stamp.present)
