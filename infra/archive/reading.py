"""Archive plus log: a log whose beginning is read from the archive, for analysts' readers and for rebuilds alike."""

from collections.abc import AsyncIterator, Mapping, Sequence

from commands.ports import Entry, LedgerRow, Log
from infra.archive.archive import Archive
from infra.history.refusals import Refused
from infra.history.source import Offsets, Source
from schemas.positions import Partition, Position


class ArchivedHistory:
    """infra.history.source.Source: everything below the archive's ends comes from there, and the log is not asked."""

    def __init__(self, archive: Archive, log: Source) -> None:
        self._archive = archive
        self._log = log

    async def ends(self) -> Offsets:
        """The log's. Raises Refused where the archive is another log's."""
        ends = await self._log.ends()
        for place, sealed in self._archive.ends.items():
            if ends.get(place, 0) < sealed:
                raise Refused(f"the archive is of another log: of {place} it holds more than there is")
        return ends

    async def read(self, starts: Offsets, ends: Offsets) -> AsyncIterator[Sequence[Entry]]:
        """What is archived first; of it, too, all partitions come forward together."""
        sealed = {place: min(end, self._archive.ends.get(place, 0)) for place, end in ends.items()}
        at = {place: starts.get(place, 0) for place, end in sealed.items() if starts.get(place, 0) < end}
        first = dict(at)
        while at:
            place = min(at, key=lambda one: (at[one] - first[one]) / (sealed[one] - first[one]))
            found = await self._archive.entries(place, at[place])
            found = found[: sealed[place] - at[place]]
            at[place] += len(found)
            if at[place] == sealed[place]:
                del at[place]
            yield found
        behind = {place: max(starts.get(place, 0), sealed[place]) for place in ends}
        async for entries in self._log.read(behind, ends):
            yield entries

    async def close(self) -> None:
        await self._log.close()


class ArchivedLog:
    """commands.ports.Log: reads of what is archived are answered from there."""

    def __init__(self, archive: Archive, log: Log) -> None:
        self._archive = archive
        self._log = log

    async def append(self, rows: Sequence[LedgerRow]) -> list[Position]:
        return await self._log.append(rows)

    async def read(self, topic: str, partition: int, start: int, limit: int) -> list[Entry]:
        place, found = Partition(topic, partition), list[Entry]()
        sealed = self._archive.ends.get(place, 0)
        while (at := start + len(found)) < sealed and len(found) < limit:
            found += (await self._archive.entries(place, at))[: limit - len(found)]
        if len(found) < limit:
            found += await self._log.read(topic, partition, start + len(found), limit - len(found))
        return found

    async def ends(self) -> Mapping[tuple[str, int], int]:
        return await self._log.ends()

    async def wait(self, timeout: float) -> None:
        await self._log.wait(timeout)
