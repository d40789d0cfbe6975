"""Archive: what is sealed of a log, read by offset. Segments come whole from the object store, and are checked."""

import asyncio
from bisect import bisect_right
from pathlib import Path

from cachetools import LRUCache

from commands.ports import Entry, Objects
from infra.archive.manifest import Manifest, Segment
from infra.archive.segments import GROUP, checksum, group
from infra.history.refusals import Refused
from infra.history.source import Offsets
from schemas.errors import NotFound
from schemas.positions import Partition

REMEMBERED = 32
"""Groups of rows that are kept as entries, for who reads a few at a time."""


class Archive:
    """As one manifest has it. Of each partition the segment that was read last is kept in `folder`."""

    def __init__(self, objects: Objects, manifest: Manifest, folder: Path) -> None:
        self._objects = objects
        self._segments = manifest.by_partition
        self._folder = folder
        self._here: dict[Partition, tuple[Segment, Path]] = {}
        self._groups: LRUCache[tuple[str, int], list[Entry]] = LRUCache(REMEMBERED)
        self._fetching = asyncio.Lock()
        self.ends: Offsets = manifest.ends
        """Of each partition, the offset behind what is archived."""

    def last(self, place: Partition) -> Segment:
        """The last segment of a partition that has one."""
        return self._segments[place][-1]

    async def entries(self, place: Partition, start: int) -> list[Entry]:
        """Some entries from this offset on, which is archived; in order, at least one. Raises Refused, Unavailable."""
        segments = self._segments[place]
        segment = segments[bisect_right(segments, start, key=lambda one: one.start) - 1]
        number, skipped = divmod(start - segment.start, GROUP)
        known = self._groups.get((segment.key, number))
        if known is None:
            async with self._fetching:
                path = await self._file(segment)
                known = self._groups[segment.key, number] = group(path, number)
        return known[skipped:]

    async def fetched(self, segment: Segment) -> Path:
        """The file of a segment, as it was sealed; it stays until another of its partition is wanted."""
        async with self._fetching:
            return await self._file(segment)

    async def _file(self, segment: Segment) -> Path:
        known, path = self._here.get(segment.place, (None, None))
        if known == segment and path is not None:
            return path
        if path is not None:
            path.unlink()
        path = self._folder / segment.key.replace("/", "-")
        try:
            await self._objects.download(segment.key, path)
        except NotFound:
            raise Refused(f"{segment.key} is not in the object store: the archive is damaged") from None
        if await asyncio.to_thread(checksum, path) != segment.sha256:
            raise Refused(f"{segment.key} is not what was sealed: the archive is damaged")
        self._here[segment.place] = segment, path
        return path
