"""Streams as ledger and log hold them: loaded, finished, appended. Used by the handler and by the reconciler.

Whatever stands above a stream's mark is appended, in order, in one acknowledged batch, before anything else happens to
the stream. So nothing is inserted above a version that is not in the log: the log has no hole, and the order of the
stream. It may hold an event twice, when two finish the same stream; the event id is the same then.
"""

from asyncio import gather
from collections.abc import Sequence
from dataclasses import dataclass, replace

from commands.invariants import BrokenInvariant
from commands.ports import Ledger, LedgerRow, Log, Mark
from commands.tally import Tally
from schemas.errors import Unavailable
from schemas.positions import Position


@dataclass(frozen=True)
class Stream:
    """A stream as `Streams.load` gives it: all of it is in the log."""

    name: str
    rows: Sequence[LedgerRow]
    mark: Mark | None
    """None if there is no row."""

    @property
    def next_version(self) -> int:
        """What the next decision inserts."""
        return len(self.rows) + 1


@dataclass(frozen=True)
class Streams:
    """The ledger and the log as one."""

    ledger: Ledger
    log: Log
    tally: Tally

    async def load(self, name: str) -> Stream:
        """The stream, after what others left above its mark was finished. Raises BrokenInvariant."""
        stream, missing = await self._look(name)
        if not missing:
            return stream
        place, *_ = await self.append(missing)
        self.tally.finished += len(missing)
        return replace(stream, mark=Mark(missing[-1].version, place))

    async def finish(self, name: str) -> int:
        """Appends what stands above the mark of a stream, also what its writer left in doubt.

        How many events those were, with what they carried.
        """
        mark = await self.ledger.mark(name)
        if await self.ledger.settled(name, mark.version if mark else 0):
            return 0
        _, missing = await self._look(name)
        if missing:
            await self.append(missing)
        return len(missing) + sum(len(row.carried) for row in missing)

    async def _look(self, name: str) -> tuple[Stream, list[LedgerRow]]:
        """The stream as ledger and mark have it, and which of its rows are above the mark."""
        rows = await self.ledger.load(name)
        mark = await self.ledger.mark(name) if rows else None
        if [row.version for row in rows] != list(range(1, len(rows) + 1)):
            raise BrokenInvariant(f"the ledger has versions {[row.version for row in rows]} of {name}")
        missing = [row for row in rows if mark is None or row.version > mark.version]
        return Stream(name, rows, mark), missing

    async def append(self, rows: Sequence[LedgerRow]) -> list[Position]:
        """Appends consecutive versions of one stream and what they carry, then moves the marks, this stream's last.

        Where the last version is, and then each that was carried. Safe to repeat, and beside others who do the same.
        """
        carried = [one for row in rows for one in row.carried]
        for one in carried:
            if not await self.ledger.insert([one]):
                await self._check_stands(one)
        places = await self.log.append([*rows, *carried])
        own, others = places[len(rows) - 1], places[len(rows) :]
        for one, place in zip(carried, others, strict=True):
            await self.ledger.move_mark(one.stream, Mark(one.version, place))
        await self.ledger.move_mark(rows[-1].stream, Mark(rows[-1].version, own))
        return [own, *others]

    async def places(self, stream: Stream) -> list[Position]:
        """Where everything of a stream, and what its rows carried, can be seen."""
        carried = [one.stream for row in stream.rows for one in row.carried]
        marks = [stream.mark, *await gather(*(self.ledger.mark(name) for name in carried))]
        return [mark.position for mark in marks if mark]

    async def _check_stands(self, row: LedgerRow) -> None:
        standing = {one.version: one.event_id for one in await self.ledger.load(row.stream)}.get(row.version)
        if standing is None:
            raise Unavailable("a version is taken that cannot be read yet")
        if standing != row.event_id:
            raise BrokenInvariant(f"{row.stream} version {row.version} is {standing} and {row.event_id}")
