"""What was made of which bytes, so that the same file posted again is not rendered again. Used by renders.py.

Kept beside the positions, not in the log: it only saves work, and whoever finds nothing here renders. Files are copied
inside the store under the names of who posts them, so that each owner's stand and go by themselves.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from commands.ports import Objects
from processors.ports import Picture
from processors.works import Files, Shown, StoredFile, Work
from projections.ports import Tables, Write
from schemas.ids import AvatarId, PostId
from schemas.objects import copied_key
from schemas.tables import INT, JSON, TEXT, Row, Table

MADE = Table(
    "made",
    partition="digest",
    order="made_of",
    columns={"files": JSON, "width": INT, "height": INT, "blurhash": TEXT, "look": TEXT},
    later=("look",),
)
"""By what it was made of: whose media it became."""
MADE_OF = Table("made_of", partition="made_of", columns={"digest": TEXT})
"""The other way round, so that it is forgotten with them."""

RELEASE = 1
"""Raised whenever the same bytes come out otherwise: nothing that was made before is copied then."""
LOOKED_AT = 3
"""Owners whose files are tried before the photo is rendered after all."""
FOR_GOOD = 2**48
"""The number of a deletion: above that of any attempt."""


@dataclass
class Duplicates:
    """Knows what was made of originals, and copies it. Counts for metrics."""

    tables: Tables
    objects: Objects
    reused: int = 0
    """Uploads that were shown without being rendered, since this process began."""

    async def owners(self, digest: str) -> Sequence[Row]:
        """Some for whom these bytes were made into something; their rows say `look`, which is the same in all."""
        found = await self.tables.slice(MADE, (digest,), LOOKED_AT)
        return [row for row in found if row["look"] is not None]

    async def copied(self, work: Work, attempt: int, digest: str, owners: Sequence[Row]) -> Shown | None:
        """The same as one of these has, under this attempt's own names; None if that cannot be had."""
        for row in owners:
            if row["made_of"] != work.of and (files := await self._all_copied(work, attempt, row)):
                shown = Shown(files, row["width"], row["height"], row["blurhash"], row["look"])
                if len(owners) < LOOKED_AT:  # of what the whole world posts a few owners are enough
                    await self.keep(work, attempt, digest, shown)
                self.reused += 1
                return shown
        return None

    async def keep(self, work: Work, attempt: int, digest: str, shown: Shown) -> None:
        """What was made of these bytes can be copied from now on, as long as its owner has it."""
        row = {"digest": digest, "made_of": work.of, **_said(shown)}
        await self.tables.write(
            [
                Write(MADE, (digest, work.of), attempt, row),
                Write(MADE_OF, (work.of,), attempt, {"made_of": work.of, "digest": digest}),
            ]
        )

    async def forget(self, of: PostId | AvatarId) -> None:
        """Nothing is copied from these any more. Safe to repeat."""
        row = (await self.tables.get(MADE_OF, [(of,)])).get((of,))
        if row is not None:
            await self.tables.write([Write(MADE, (row["digest"], of), FOR_GOOD, None)])
            await self.tables.write([Write(MADE_OF, (of,), FOR_GOOD, None)])

    async def _all_copied(self, work: Work, attempt: int, row: Row) -> Files | None:
        """All files of an owner, or none: one that is not what it was means that the owner is on the way out."""
        files = [StoredFile(**file) for file in row["files"]]
        copies = await asyncio.gather(*(self._copied(work, attempt, file) for file in files))
        return _whole(copies)

    async def _copied(self, work: Work, attempt: int, file: StoredFile) -> StoredFile | None:
        """The store compares the entity tag at the copy: what replaces the file in between is never taken for it."""
        there = await self.objects.head(file.path)
        if there is None or there.gone or there.size_bytes != file.size_bytes:
            return None
        target = copied_key(work.of, attempt, file.path)
        return replace(file, path=target) if await self.objects.copy(file.path, target, there.etag) else None


def digest_of(content: bytes, declared_type: str, picture: Picture) -> str:
    """What stands for all that a rendering depends on: the bytes, by their SHA-256, and what is asked of them."""
    return hashlib.sha256(f"{RELEASE}/{picture}/{declared_type}/{content.hex()}".encode()).hexdigest()


def sha256_of(source: Path) -> bytes:
    """Of a file. Blocks."""
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _said(shown: Shown) -> dict[str, object]:
    files = [asdict(file) for file in shown.files]
    named = ("width", "height", "blurhash", "look")
    return {"files": files, **{name: getattr(shown, name) for name in named}}


def _whole(files: Sequence[StoredFile | None]) -> Files | None:
    there = tuple(file for file in files if file is not None)
    return there if len(there) == len(files) else None
