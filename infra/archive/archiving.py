"""Archiving: seals the log's history, partition by partition, in the object store. Nothing is taken from the log.

A segment is in the archive once it was read back and found equal, and the manifest names it. Whatever ends a run, the
same command goes on behind the last one.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import cast

from commands.ports import Entry, Objects
from infra.archive import manifest as manifests
from infra.archive.archive import Archive
from infra.archive.manifest import PREFIX, Manifest, Segment
from infra.archive.segments import Content, SegmentFile, checksum, groups
from infra.history.progress import Progress
from infra.history.refusals import Refused
from infra.history.source import Offsets, Source
from schemas.ids import Millis
from schemas.positions import Partition

NAMED = 20
"""Hex digits of a segment's checksum that its name shows."""
Entries = AsyncGenerator[Sequence[Entry], None]
PARQUET = "application/vnd.apache.parquet"


@dataclass
class Archiving:
    """One run."""

    log: Source
    objects: Objects
    folder: Path
    """Where a segment is before it is sealed."""
    segment_bytes: int
    say: Callable[[Progress], None] = lambda _progress: None
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    """Set, it ends the run behind the segment in hand."""

    async def run(self, before: Millis) -> Manifest:
        """Seals of each partition what the log took before this time, up to the first that it took later. Raises
        Refused for an archive of another log, or where somebody else archives."""
        manifest, ends = await manifests.newest(self.objects), await self.log.ends()
        due = {place: end for place, end in sorted(ends.items()) if manifest.ends.get(place, 0) < end}
        await self._check(manifest, ends)
        progress = Progress(sum(end - manifest.ends.get(place, 0) for place, end in due.items()))
        for place, end in due.items():
            start = manifest.ends.get(place, 0)
            async with aclosing(self._old(place, start, end, before)) as found:
                manifest = await self._seal(manifest, found, progress)
            progress.passed(end - manifest.ends.get(place, 0))
            if self.stop.is_set():
                break
        return manifest

    async def verify(self) -> Manifest:
        """Reads the whole archive, and compares it with what the log says. Raises Refused for what differs."""
        manifest = await manifests.newest(self.objects)
        await self._check(manifest, await self.log.ends())
        progress = Progress(2 * sum(manifest.ends.values()))
        archive = Archive(self.objects, manifest, self.folder)
        for segment in manifest.segments:
            sealed, said = Content(), Content()
            for entries in groups(await archive.fetched(segment)):
                sealed.take(entries)
                progress.passed(len(entries))
            async for read in self.log.read({segment.place: segment.start}, {segment.place: segment.end}):
                said.take(read)
                progress.passed(len(read))
                self.say(progress)
            if not sealed.hex == said.hex == segment.content:
                raise Refused(f"{segment.key} is not what the log says")
        return manifest

    async def _check(self, manifest: Manifest, ends: Offsets) -> None:
        """Raises Refused unless the log has, at the end of each sealed partition, what was sealed there."""
        last = {place: segments[-1] for place, segments in manifest.by_partition.items()}
        here = {place: one for place, one in last.items() if one.end <= ends.get(place, 0)}
        starts, found = {place: one.end - 1 for place, one in here.items()}, dict[Partition, str]()
        async for entries in self.log.read(starts, {place: one.end for place, one in here.items()}):
            found[Partition.of(entries[0].position)] = entries[0].event_id
        for place, one in last.items():
            if found.get(place) != one.last_event_id:
                raise Refused(f"the archive is of another log: {one.key} does not end as {place} does there")

    async def _old(self, place: Partition, start: int, end: int, before: Millis) -> Entries:
        async for entries in self.log.read({place: start}, {place: end}):
            old = list(takewhile(lambda one: one.at < before, entries))
            if old:
                yield old
            if len(old) < len(entries) or self.stop.is_set():
                return

    async def _seal(self, manifest: Manifest, found: Entries, progress: Progress) -> Manifest:
        path = self.folder / "segment.parquet"
        file: SegmentFile | None = None
        async for entries in found:
            file = file or SegmentFile(path)
            file.add(entries)
            progress.passed(len(entries))
            self.say(progress)
            if file.bytes >= self.segment_bytes:
                manifest, file = await self._put(manifest, file), None
        return manifest if file is None else await self._put(manifest, file)

    async def _put(self, manifest: Manifest, file: SegmentFile) -> Manifest:
        """Stores it, reads it back, and only then names it."""
        file.close()
        first, last = cast(Entry, file.first), cast(Entry, file.last)
        place, sha256 = Partition.of(last.position), checksum(file.path)
        segment = Segment(
            topic=place.topic,
            partition=place.number,
            start=first.position.offset,
            end=last.position.offset + 1,
            key=f"{PREFIX}{place.topic}/{place.number}/{first.position.offset:012}-{sha256[:NAMED]}.parquet",
            size_bytes=file.path.stat().st_size,
            sha256=sha256,
            content=file.content.hex,
            last_event_id=last.event_id,
        )
        await self.objects.put(segment.key, file.path.read_bytes(), PARQUET)  # taken: the same bytes are there
        after, content = manifest.and_(segment), Content()
        stored = await Archive(self.objects, after, self.folder).fetched(segment)
        for entries in groups(stored):
            content.take(entries)
        stored.unlink()
        if content.hex != segment.content:
            raise Refused(f"{segment.key} does not read as it was written")
        await manifests.put(self.objects, after)
        return after
