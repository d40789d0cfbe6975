"""States of streams: folded from the newest snapshot and the rows above it, at the same cost however long they are.

Asked by the handler, which decides about a stream (`load`) or looks at one (`look`).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from commands.aggregate import Aggregate
from commands.all import AGGREGATES, Aggregates, aggregate_of
from commands.ports import LedgerRow, Mark
from commands.sealing import Sealing
from commands.snapshots import NOTHING, Reached, Snapshots
from commands.streams import Streams, check_versions
from events.envelope import Event, Recorded

PAGE = 1_000
"""Rows that are read at once where a snapshot is missing."""


@dataclass(frozen=True)
class Stream:
    """A stream as `States.load` gives it: all of it is in the log."""

    name: str
    state: Any
    rows: Sequence[LedgerRow]
    """The newest; those above the mark among them."""
    mark: Mark | None
    """None if there is no row."""

    @property
    def whole(self) -> bool:
        """Whether its rows are all there are."""
        return _whole(self.rows)

    @property
    def last(self) -> int:
        """Its last version; 0 if it has none."""
        return self.rows[-1].version if self.rows else 0


@dataclass(frozen=True)
class States:
    """Holds no state that matters."""

    streams: Streams
    sealing: Sealing
    snapshots: Snapshots
    aggregates: Aggregates = field(default_factory=lambda: AGGREGATES)
    newest: int = 20
    """Rows that are read of any stream. A stream that has more is folded from a snapshot."""
    every: int = 8
    """Versions from one snapshot to the next; at most half of `newest`, so that the rows reach below the last one."""

    def aggregate(self, stream: str) -> Aggregate[Any]:
        """The aggregate that decides about a stream."""
        return aggregate_of(stream, self.aggregates)

    async def load(self, name: str) -> Stream:
        """The stream, after what others left above its mark was finished. Raises BrokenInvariant."""
        rows, reached = await self._read(name)
        mark = await self.streams.finished(name, rows)
        state = await self._folded(name, rows, reached)
        if _is_far(rows, reached):
            await self._keep_missing(name, rows, state)
        return Stream(name, state, rows, mark)

    async def look(self, name: str) -> Any:
        """The state alone: what stands above the mark is left there."""
        rows, reached = await self._read(name)
        state = await self._folded(name, rows, reached)
        if _is_far(rows, reached):
            mark = await self.streams.ledger.mark(name)
            if mark is not None and mark.version >= rows[-1].version:  # never of what is not in the log
                await self._keep_missing(name, rows, state)
        return state

    async def keep(self, stream: Stream, recorded: Sequence[Recorded[Event]], state: Any) -> None:
        """Keeps a snapshot now and then. These are the stream's newest events, and they are in the log."""
        last = recorded[-1]
        if last.version >= 2 * self.every and last.version // self.every > stream.last // self.every:
            reached = Reached(last.version, last.id, state)
            await self.snapshots.keep(self.aggregate(stream.name), stream.name, reached, last.subject)

    async def _read(self, name: str) -> tuple[list[LedgerRow], Reached]:
        """The newest rows, and a state that is not above them."""
        ledger = self.streams.ledger
        rows, reached = await ledger.newest(name, self.newest), NOTHING
        if not _whole(rows):
            reached = await self.snapshots.newest(self.aggregate(name), name, rows)
            if reached.version > rows[-1].version:  # others went on while this looked
                rows = await ledger.newest(name, self.newest)
            if reached is not NOTHING and not await self._stands(name, rows, reached):
                reached = NOTHING
        check_versions(name, rows[0].version - 1 if rows else 0, rows)
        return rows, reached

    async def _stands(self, name: str, rows: Sequence[LedgerRow], reached: Reached) -> bool:
        """Whether the ledger has this event under this version."""
        if reached.version < rows[0].version:
            rows = await self.streams.ledger.load(name, reached.version - 1, 1)
        return any((row.version, row.event_id) == (reached.version, reached.event_id) for row in rows)

    async def _folded(self, name: str, rows: Sequence[LedgerRow], reached: Reached) -> Any:
        """The state after these rows; those between them and what was reached are read page by page."""
        aggregate, state, at = self.aggregate(name), reached.state, reached.version
        first = rows[0].version if rows else 1
        while at + 1 < first:
            page = await self.streams.ledger.load(name, at, min(PAGE, first - 1 - at))
            check_versions(name, at, page)
            state, at = aggregate.fold(await self.sealing.opened(page), state), page[-1].version
            await asyncio.sleep(0)  # a long stream is not the only one
        return aggregate.fold(await self.sealing.opened([row for row in rows if row.version > at]), state)

    async def _keep_missing(self, name: str, rows: Sequence[LedgerRow], state: Any) -> None:
        """Where rows had to be read besides the newest, nobody shall have to again. The mark covers them."""
        (last,) = await self.sealing.opened(rows[-1:])
        reached = Reached(last.version, last.id, state)
        await self.snapshots.keep(self.aggregate(name), name, reached, last.subject)


def _whole(rows: Sequence[LedgerRow]) -> bool:
    return not rows or rows[0].version == 1


def _is_far(rows: Sequence[LedgerRow], reached: Reached) -> bool:
    return not _whole(rows) and reached.version < rows[0].version
