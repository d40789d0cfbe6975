"""Counts that are exactly right under redelivery: DESIGN, "Counts that are exactly right". Pure but for its reads.

A row remembers whether it was present before the event that wrote it. An event contributes to a count only if the row
is still that event's own, and only above the offset up to which the count is already right.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from projections.effects import Delete, Put
from projections.ports import Origin, Stamp, Tables, Write
from schemas.tables import SIZE, Key, Row, Table

LIVE_LANE = ""


class Change(NamedTuple):
    """What an event says of a row."""

    table: Table
    key: Key
    row: Row | None
    """None: there is no row from now on."""
    number: int
    origin: Origin
    lane: str = LIVE_LANE
    """Where it is counted if it is new: a drained stream has a lane of its own, so that a late drain neither hides
    behind what was counted meanwhile nor is repeated."""

    @classmethod
    def of(cls, effect: Put | Delete, number: int, origin: Origin, lane: str = LIVE_LANE) -> "Change":
        """By an event of this number, which stands there."""
        return cls(effect.table, effect.key, effect.row if isinstance(effect, Put) else None, number, origin, lane)


def latest(changes: Iterable[Change]) -> list[Change]:
    """Of each row what the highest number says, of equal numbers what came first: all that is left of a row that is
    not counted."""
    kept: dict[tuple[str, Key], Change] = {}
    for change in changes:
        row = (change.table.name, change.key)
        if row not in kept or change.number > kept[row].number:
            kept[row] = change
    return list(kept.values())


def pieces(changes: Iterable[Change]) -> list[list[Change]]:
    """The changes in order, cut so that no row appears twice in a piece."""
    cut: list[list[Change]] = []
    seen: set[tuple[str, Key]] = set()
    for change in changes:
        row = (change.table.name, change.key)
        if row in seen or not cut:
            cut.append([])
            seen = set()
        seen.add(row)
        cut[-1].append(change)
    return cut


def row_write(change: Change, stored: Stamp | None) -> Write:
    """How a change is stored, given what is stored now."""
    table, key, row, number, origin, lane_of_it = change
    was = stored is not None and stored.present
    standing = _number(stored) if table.counts else None  # of the other tables nothing was read
    return Write(table, key, number, row, origin, was, lane_of_it, standing)


def contribution(change: Change, stored: Stamp | None) -> int:
    """What a change adds to its count: 1, 0 or -1. `stored` is the row as it stood before this write."""
    present = change.row is not None
    if stored is None or stored.number < change.number:
        return present - (stored is not None and stored.present)
    return stored.present - stored.was if _own(change, stored) else 0


def lane(change: Change, stored: Stamp | None) -> str:
    """Where a change is counted: whoever repeats it counts it where it was counted first."""
    return stored.lane if stored is not None and _own(change, stored) else change.lane


def _own(change: Change, stored: Stamp) -> bool:
    return stored.number == change.number and stored.origin == change.origin


async def size_writes(tables: Tables, contributions: Sequence[tuple[Change, str, int]]) -> list[Write]:
    """The count rows after these contributions to a lane each, which are in log order."""
    counts: dict[Table, dict[Key, list[tuple[int, int]]]] = {}
    for change, in_lane, amount in contributions:
        if amount:
            of_table = counts.setdefault(change.table.sizes, {})
            of_table.setdefault(_count_key(change, in_lane), []).append((change.origin.offset, amount))
    writes = []
    for sizes, of_table in counts.items():
        stamps = await tables.stamps(sizes, list(of_table))
        for key, amounts in of_table.items():
            write = _size_write(sizes, key, stamps.get(key), amounts)
            if write:
                writes.append(write)
    return writes


def _size_write(sizes: Table, key: Key, stamp: Stamp | None, amounts: list[tuple[int, int]]) -> Write | None:
    counted_up_to = stamp.number - 1 if stamp else -1
    news = [amount for offset, amount in amounts if offset > counted_up_to]
    if not news:
        return None
    size = ((stamp.size if stamp else None) or 0) + sum(news)
    last = max(offset for offset, _ in amounts)
    row = {**dict(zip(sizes.key_columns, key, strict=True)), SIZE: size}
    return Write(sizes, key, last + 1, row, standing=_number(stamp))


def _number(stored: Stamp | None) -> int:
    """0 where nothing is stored."""
    return stored.number if stored else 0


def _count_key(change: Change, in_lane: str) -> Key:
    return (*change.table.counted_by(change.key), change.origin.partition, in_lane)
