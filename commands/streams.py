"""Streams as ledger and log hold them: finished, appended. Used by the handler and by the reconciler.

Whatever stands above a stream's mark is appended, in order, in one acknowledged batch, before anything else happens to
the stream. So nothing is inserted above a version that is not in the log: the log has no hole, and the order of the
stream. It may hold an event twice, when two finish the same stream; the event id is the same then.
"""

from asyncio import gather
from collections.abc import Sequence
from dataclasses import dataclass

from commands.invariants import BrokenInvariant
from commands.ports import Ledger, LedgerRow, Log, Mark
from commands.tally import Tally
from schemas.errors import Unavailable
from schemas.positions import Position


@dataclass(frozen=True)
class Streams:
    """The ledger and the log as one."""

    ledger: Ledger
    log: Log
    tally: Tally

    async def finished(self, name: str, rows: Sequence[LedgerRow]) -> Mark | None:
        """The mark of a stream, after what others left above it was appended; None where there is no row.

        `rows` are the stream's newest, as they were read just now. Raises BrokenInvariant.
        """
        if not rows:
            return None
        mark = await self.ledger.mark(name)
        done = mark.version if mark else 0
        missing = [row for row in rows if row.version > done]
        if not missing:
            return mark
        if missing[0].version > done + 1:
            missing = await self.ledger.load(name, done)
            check_versions(name, done, missing)
        place, *_ = await self.append(missing)
        self.tally.finished += len(missing)
        return Mark(missing[-1].version, place)

    async def finish(self, name: str) -> int:
        """Appends what stands above the mark of a stream, also what its writer left in doubt.

        How many events those were, with what they carried.
        """
        mark = await self.ledger.mark(name)
        done = mark.version if mark else 0
        if await self.ledger.settled(name, done):
            return 0
        below = max(done - 1, 0)
        rows = await self.ledger.load(name, below)
        check_versions(name, below, rows)
        missing = [row for row in rows if row.version > done]
        if missing:
            await self.append(missing)
        return len(missing) + sum(len(row.carried) for row in missing)

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

    async def append_firsts(self, streams: Sequence[Sequence[LedgerRow]]) -> None:
        """Appends first versions of several streams, which carry nothing, in one batch, and then moves their marks."""
        places = iter(await self.log.append([row for rows in streams for row in rows]))
        ends = [(rows[-1], [next(places) for _ in rows][-1]) for rows in streams]
        await self.ledger.move_marks({row.stream: Mark(row.version, place) for row, place in ends})

    async def places(self, rows: Sequence[LedgerRow], mark: Mark | None) -> list[Position]:
        """Where these rows, which the mark covers, and what they carried can be seen."""
        carried = [one.stream for row in rows for one in row.carried]
        marks = [mark, *await gather(*(self.ledger.mark(name) for name in carried))]
        return [one.position for one in marks if one]

    async def _check_stands(self, row: LedgerRow) -> None:
        standing = await self.ledger.load(row.stream, row.version - 1, 1)
        if not standing or standing[0].version != row.version:
            raise Unavailable("a version is taken that cannot be read yet")
        if standing[0].event_id != row.event_id:
            raise BrokenInvariant(f"{row.stream} version {row.version} is {standing[0].event_id} and {row.event_id}")


def check_versions(name: str, after: int, rows: Sequence[LedgerRow]) -> None:
    """Raises BrokenInvariant unless these are the versions that follow."""
    versions = [row.version for row in rows]
    if versions != list(range(after + 1, after + 1 + len(rows))):
        raise BrokenInvariant(f"after version {after} the ledger has {versions} of {name}")
