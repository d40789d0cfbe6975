"""Exports a log into a folder or the object store: each segment is durable, then the manifest says so, then it counts.

Whatever ends a run, the same command goes on behind the last segment, and exporting again adds what is new.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson
import pyarrow.parquet as pq

from events.replay import FirstTimes, Selection
from infra.history import manifest as manifests
from infra.history.columns import EVENTS_TABLE, UNREADABLE_TABLE
from infra.history.json_lines import JsonLinesPart
from infra.history.manifest import Manifest, Segment
from infra.history.orders import places, read_orders
from infra.history.parquet import ParquetPart
from infra.history.parts import AT_ONCE, Part, is_before, numbered, table_of
from infra.history.progress import Progress
from infra.history.reading import selected
from infra.history.refusals import Refused
from infra.history.same_log import named, of_this_log
from infra.history.seen import VIEWS_TABLE, Seen, behind, first_day
from infra.history.source import Offsets, Source
from infra.history.targets import Target
from infra.process.clock import wall_clock
from processors.dead_letters import Letters
from schemas.positions import Partition

MADE: dict[str, type[Part]] = {"parquet": ParquetPart, "jsonl": JsonLinesPart}
"""By the format that is asked for."""


@dataclass
class Export:
    """One run. Nobody else may write to the target meanwhile."""

    source: Source
    target: Target
    selection: Selection
    format: str
    segment_bytes: int
    """Memory that a segment may take before it is written."""
    say: Callable[[Progress], None] = lambda _progress: None
    seen: Seen | None = None
    """Who has seen what: exported with everything else, not with a selection."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    """Set, it ends the run behind what is in hand."""

    async def run(self) -> Manifest:
        """The manifest as it stands then; its `ends` are None where it was stopped. Raises Refused, Unavailable, and
        NewerVersion for what a newer release wrote."""
        ends = await self.source.ends()
        letters = {} if self.selection.raw else (await read_orders(self.source, ends)).analysts
        manifest = await self._begun(ends, letters)
        await self._clear(manifest)
        manifest = await self._read(manifest, ends, letters)
        if self.seen is not None and self.selection.is_whole:
            manifest = await self._add_views(manifest, self.seen)
        if not self.stop.is_set():
            manifest = replace(manifest, ends=ends)
        await manifests.write(self.target, manifest)
        return manifest

    async def _begun(self, ends: Offsets, letters: Letters) -> Manifest:
        """What was exported before and still holds: operators may have said something since of what was read."""
        known = await manifests.read(self.target)
        if known is None:
            if await self.target.names():
                raise Refused(f"{self.target} is no export, and not empty")
            log = await named(self.source, ends)
            await manifests.write(self.target, new := Manifest(self.format, self.selection, log, places(letters)))
            return new
        if (known.format, known.selection) != (self.format, self.selection):
            raise Refused(f"{self.target} is another export: say the same --format and selection, or another place")
        await of_this_log(self.target, known, self.source, ends)
        said = places(letters)
        changed = [
            letter for letter in said.keys() | known.letters.keys() if said.get(letter) != known.letters.get(letter)
        ]
        orders = [order for letter in changed for order in (said.get(letter), known.letters.get(letter)) if order]
        kept = known.without([(Partition(topic, number), offset) for topic, number, offset, *_ in orders])
        return replace(kept, letters=said)

    async def _clear(self, manifest: Manifest) -> None:
        """Takes away what no segment of the manifest has written."""
        for name, number in (await self._files()).items():
            if number >= manifest.next_number:
                await self.target.remove(name)

    async def _files(self) -> dict[str, int]:
        return numbered(await self.target.names(), self.format)

    async def _read(self, manifest: Manifest, ends: Offsets, letters: Letters) -> Manifest:
        starts, firsts = manifest.log_positions, await self._firsts(ends)
        progress = Progress(sum(ends.values()) - sum(starts.values()))
        part, at, putting = self._part(), dict[Partition, int](), asyncio.create_task(_at_once(manifest))
        try:
            async for entries in self.source.read(starts, ends):
                part.take(selected(entries, self.selection, letters, firsts))
                last = entries[-1].position
                at[Partition.of(last)] = last.offset + 1
                progress.passed(len(entries))
                self.say(progress)
                if part.size >= self.segment_bytes:
                    putting = asyncio.create_task(self._put(await putting, part, at))
                    part, at = self._part(), {}
                await asyncio.sleep(0)  # signals are heard in between
                if self.stop.is_set():
                    break
        finally:
            manifest = await putting  # while one segment is put in place, the next is read
        return await self._put(manifest, part, at) if at else manifest

    async def _add_views(self, manifest: Manifest, seen: Seen) -> Manifest:
        """What is behind those that are exported; days that are forgotten are forgotten here, too."""
        for name in await self._files():
            if table_of(name) == VIEWS_TABLE and is_before(name, first_day(wall_clock())):
                await self.target.remove(name)
        part, at = self._part(), dict[Partition, int]()
        async for reports in seen.read(manifest.positions):
            part.take_seen(reports)
            at.update([behind(reports)])
            if part.size >= self.segment_bytes:
                manifest = await self._put(manifest, part, at)
                part, at = self._part(), {}
            if self.stop.is_set():
                break
        return await self._put(manifest, part, at) if at else manifest

    async def _put(self, manifest: Manifest, part: Part, at: Offsets) -> Manifest:
        number = manifest.next_number
        rows = await part.put(self.target, number)
        manifest = replace(manifest, segments=(*manifest.segments, Segment(number, at, rows)), ends=None)
        await manifests.write(self.target, manifest)
        return manifest

    def _part(self) -> Part:
        return MADE[self.format]()

    async def _firsts(self, ends: Offsets) -> FirstTimes:
        """What was met before, as the export itself says."""
        all_of_it = self.selection.is_whole and not self.selection.raw
        firsts = FirstTimes(sum(ends.values()) if all_of_it else 0)
        if not self.selection.raw:
            for name in await self._files():
                if table_of(name) in (EVENTS_TABLE, UNREADABLE_TABLE):
                    async with self.target.local(name) as file:
                        for event_ids in _event_ids(file):
                            firsts.among(event_ids)
        return firsts


async def _at_once(manifest: Manifest) -> Manifest:
    return manifest


def _event_ids(file: Path) -> Iterator[Sequence[str]]:
    if file.suffix == ".parquet":
        for batch in pq.ParquetFile(file).iter_batches(AT_ONCE, columns=["event_id"]):
            yield batch.column(0).to_pylist()
        return
    with file.open("rb") as lines:
        for line in lines:
            said = orjson.loads(line)
            yield [said.get("id") or said["event_id"]]
