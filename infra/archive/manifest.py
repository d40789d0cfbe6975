"""The manifest of the archive: which segments there are, of which offsets, with their checksums. In the object store.

Each change is another manifest (infra/history/numbered.py): of two who archive at one time one comes too late, and says
so. Only what a manifest names is in the archive.
"""

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from commands.ports import Objects
from infra.history.numbered import newest_key, numbered_key
from infra.history.refusals import Refused
from schemas.errors import NotFound
from schemas.positions import Partition

PREFIX = "archive/"
MANIFESTS = f"{PREFIX}manifests/"
VERSION = 1


@dataclass(frozen=True)
class Segment:
    """One sealed file. Its name says what it holds, digest included: it never changes."""

    topic: str
    partition: int
    start: int
    """The offset of its first entry."""
    end: int
    """The offset behind its last one."""
    key: str
    """In the object store."""
    size_bytes: int
    sha256: str
    """Of the file."""
    content: str
    """SHA-256 of the entries (segments.Content): what the log must say, too."""
    last_event_id: str
    """By which a log is known."""

    @property
    def place(self) -> Partition:
        return Partition(self.topic, self.partition)


@dataclass(frozen=True)
class Manifest:
    """The archive, as one of its manifests has it. Number 0: there is none yet."""

    number: int = 0
    segments: tuple[Segment, ...] = ()

    @cached_property
    def by_partition(self) -> Mapping[Partition, list[Segment]]:
        """Without a gap from offset 0 on. Raises Refused for a manifest that has one."""
        found: dict[Partition, list[Segment]] = {}
        for segment in sorted(self.segments, key=lambda one: (one.place, one.start)):
            before = found.setdefault(segment.place, [])
            if segment.start != (before[-1].end if before else 0):
                raise Refused(f"the archive's manifest {self.number} has a gap before {segment.key}")
            before.append(segment)
        return found

    @cached_property
    def ends(self) -> dict[Partition, int]:
        """Of each partition, the offset behind what is archived."""
        return {place: segments[-1].end for place, segments in self.by_partition.items()}

    def and_(self, segment: Segment) -> "Manifest":
        """The next manifest."""
        return replace(self, number=self.number + 1, segments=(*self.segments, segment))


async def newest(objects: Objects) -> Manifest:
    """The archive as it is now. Raises Refused for one of another release."""
    while True:
        if not (key := await newest_key(objects, MANIFESTS)):
            return Manifest()
        try:
            return await _read(objects, key)
        except NotFound:
            continue  # two have come since


async def put(objects: Objects, manifest: Manifest) -> None:
    """Makes it the newest. Raises Refused where somebody else was first. The one before stays, for who reads it."""
    said = {"photolog_archive": VERSION, "number": manifest.number, "segments": [*map(asdict, manifest.segments)]}
    content = orjson.dumps(said, option=orjson.OPT_INDENT_2)
    if not await objects.put(numbered_key(MANIFESTS, manifest.number), content, "application/json"):
        raise Refused("somebody else is archiving this log: what they have not sealed, the same command does")
    if manifest.number > 2:
        await objects.delete(numbered_key(MANIFESTS, manifest.number - 2))


async def _read(objects: Objects, key: str) -> Manifest:
    with tempfile.TemporaryDirectory(prefix="photolog-") as folder:
        file = Path(folder, "manifest.json")
        await objects.download(key, file)
        said: dict[str, Any] = orjson.loads(await asyncio.to_thread(file.read_bytes))
    if said.get("photolog_archive") != VERSION:
        raise Refused("the archive is of another release of Photolog")
    return Manifest(said["number"], tuple(Segment(**one) for one in said["segments"]))
