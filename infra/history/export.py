"""Exports a log into a folder, segment by segment: each is durable, then the manifest says so, then it counts.

Whatever ends a run, the same command goes on behind the last segment, and exporting again adds what is new.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson
import pyarrow.parquet as pq

from events.replay import FirstTimes, Selection
from infra.history import manifest as manifests
from infra.history.columns import all_columns
from infra.history.keyless import NO_KEYS
from infra.history.manifest import Manifest, Segment
from infra.history.orders import places, read_orders
from infra.history.parts import EVENTS_TABLE, UNREADABLE_TABLE, JsonLinesPart, ParquetPart, Part, numbered
from infra.history.progress import Progress
from infra.history.reading import selected, told
from infra.history.refusals import Refused
from infra.history.source import Offsets, Source
from processors.dead_letters import Letters
from schemas.positions import Partition

LOCK = "lock"
"""Whoever exports holds it (infra/process/data_folder.py)."""
MADE = {"parquet": lambda: ParquetPart(all_columns()), "jsonl": JsonLinesPart}
"""By the format that is asked for."""


@dataclass
class Export:
    """One run. Nobody else may write to the folder meanwhile."""

    source: Source
    folder: Path
    selection: Selection
    format: str
    segment_bytes: int
    """Memory that a segment may take before it is written."""
    say: Callable[[Progress], None] = lambda _progress: None
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    """Set, it ends the run behind what is in hand."""

    async def run(self) -> Manifest:
        """The manifest as it stands then; its `ends` are None where it was stopped. Raises Refused, Unavailable, and
        NewerVersion for what a newer release wrote."""
        ends = await self.source.ends()
        letters = {} if self.selection.raw else (await read_orders(self.source, ends)).analysts
        manifest = await self._begun(ends, letters)
        self._clear(manifest)
        manifest = await self._read(manifest, ends, letters)
        if not self.stop.is_set():
            manifest = replace(manifest, ends=ends)
        manifests.write(self.folder, manifest)
        return manifest

    async def _begun(self, ends: Offsets, letters: Letters) -> Manifest:
        """What was exported before and still holds: operators may have said something since of what was read."""
        log = await self._first(ends)
        known = manifests.read(self.folder)
        if known is None:
            if {file.name for file in self.folder.iterdir()} - {LOCK}:
                raise Refused(f"{self.folder} is no export, and not empty")
            manifests.write(self.folder, new := Manifest(self.format, self.selection, log, places(letters)))
            return new
        if (known.format, known.selection) != (self.format, self.selection):
            raise Refused(f"{self.folder} is another export: say the same --format and selection, or another folder")
        here = await self._first({Partition(*_place(place)): 1 for place in known.log})
        if here != known.log or any(ends.get(place, 0) < at for place, at in known.positions.items()):
            raise Refused(f"{self.folder} is an export of another log")
        said = places(letters)
        changed = [
            letter for letter in said.keys() | known.letters.keys() if said.get(letter) != known.letters.get(letter)
        ]
        orders = [order for letter in changed for order in (said.get(letter), known.letters.get(letter)) if order]
        kept = known.without([(Partition(topic, number), offset) for topic, number, offset, *_ in orders])
        return replace(kept, letters=said)

    async def _first(self, ends: Offsets) -> dict[str, str]:
        """The first event of some partition, by which this log is known."""
        for place in sorted(ends):
            async for entries in self.source.read({}, {place: 1}):
                return {f"{place.topic}/{place.number}": entries[0].event_id}
        return {}

    def _clear(self, manifest: Manifest) -> None:
        """Takes away what no segment of the manifest has written."""
        for file, number in numbered(self.folder, self.format).items():
            if number >= manifest.next_number:
                file.unlink()
        for file in self.folder.glob("*/day=*/.*.new"):
            file.unlink()

    async def _read(self, manifest: Manifest, ends: Offsets, letters: Letters) -> Manifest:
        starts, firsts = manifest.positions, self._firsts()
        progress = Progress(sum(ends.values()) - sum(starts.values()))
        part, at = self._part(), dict[Partition, int]()
        async for entries in self.source.read(starts, ends):
            for entry in selected(entries, self.selection, letters, firsts):
                part.take(entry, told(entry, NO_KEYS))
            last = entries[-1].position
            at[Partition.of(last)] = last.offset + 1
            progress.passed(len(entries))
            self.say(progress)
            if part.size >= self.segment_bytes:
                manifest, part = self._put(manifest, part, at), self._part()
            await asyncio.sleep(0)  # signals are heard in between
            if self.stop.is_set():
                break
        return self._put(manifest, part, at) if at else manifest

    def _put(self, manifest: Manifest, part: Part, at: dict[Partition, int]) -> Manifest:
        number = manifest.next_number
        rows = part.put(self.folder, number)
        manifest = replace(manifest, segments=(*manifest.segments, Segment(number, dict(at), rows)), ends=None)
        manifests.write(self.folder, manifest)
        at.clear()
        return manifest

    def _part(self) -> Part:
        return MADE[self.format]()

    def _firsts(self) -> FirstTimes:
        """What was met before, as the export itself says."""
        firsts = FirstTimes()
        if not self.selection.raw:
            for file in numbered(self.folder, self.format):
                if file.parts[-3] in (EVENTS_TABLE, UNREADABLE_TABLE):
                    for event_id in _event_ids(file):
                        firsts.is_first(event_id)
        return firsts


def _event_ids(file: Path) -> Iterator[str]:
    if file.suffix == ".parquet":
        yield from pq.read_table(file, columns=["event_id"]).column(0).to_pylist()
        return
    with file.open("rb") as lines:
        for line in lines:
            said = orjson.loads(line)
            yield said.get("id") or said["event_id"]


def _place(said: str) -> tuple[str, int]:
    topic, _, number = said.rpartition("/")
    return topic, int(number)
