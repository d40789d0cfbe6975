"""TieredObjects: commands.ports.Objects over two stores, a dear one that everything is put into and a cheap one.

What is moved to the cheap one comes back when it is read, as a copy; what the cheap one has stays there until it is
deleted. So neither a read nor a second move can lose anything, whatever it meets.
"""

import asyncio
import tempfile
from pathlib import Path

from commands.ports import ObjectInfo, Objects, Parts, Presigned
from schemas.errors import NotFound


class TieredObjects:
    """Keys mean the same in both. Only what never changes once it is put may be moved, as originals and renditions.

    Counts for metrics what this process brought back."""

    def __init__(self, dear: Objects, cheap: Objects) -> None:
        self.dear, self._cheap = dear, cheap
        self.returned, self.returned_bytes = 0, 0

    @property
    def parts(self) -> Parts:
        return self.dear.parts

    def presign_put(self, key: str, content_type: str, size_bytes: int, checksum_sha256: str | None) -> Presigned:
        return self.dear.presign_put(key, content_type, size_bytes, checksum_sha256)

    def public_url(self, key: str) -> str:
        return self.dear.public_url(key)

    async def head(self, key: str) -> ObjectInfo | None:
        return await self.dear.head(key) or await self._cheap.head(key)

    async def download(self, key: str, target: Path) -> ObjectInfo:
        try:
            return await self.dear.download(key, target)
        except NotFound:
            if not await self.brought_back(key):
                raise
        return await self.dear.download(key, target)

    async def put(self, key: str, content: bytes, content_type: str) -> bool:
        """Does not ask the cheap store: what was moved is as old as no key that is still put."""
        return await self.dear.put(key, content, content_type)

    async def copy(self, source: str, target: str, etag: str) -> bool:
        if await self.dear.copy(source, target, etag):
            return True
        return await self.brought_back(source) and await self.dear.copy(source, target, etag)

    async def delete(self, key: str) -> None:
        """First where it may come back from."""
        await self._cheap.delete(key)
        await self.dear.delete(key)

    async def tombstone(self, key: str) -> None:
        """First where everybody looks."""
        await self.dear.tombstone(key)
        await self._cheap.delete(key)

    async def children(self, prefix: str, after: str, limit: int) -> list[str]:
        both = await asyncio.gather(*(one.children(prefix, after, limit) for one in (self.dear, self._cheap)))
        return sorted({name for some in both for name in some})[:limit]

    async def list(self, prefix: str) -> list[ObjectInfo]:
        """A tombstone hides no copy: that is what a move has left there that was overtaken, and has to go."""
        cheap, dear = await asyncio.gather(self._cheap.list(prefix), self.dear.list(prefix))
        copies = {info.key: info for info in cheap}
        found = copies | {info.key: info for info in dear if not (info.gone and info.key in copies)}
        return [found[key] for key in sorted(found)]

    async def cool(self, key: str) -> int:
        """Moves an object to the cheap store; how many bytes the dear one has less. 0 for a tombstone, or nothing."""
        try:
            info, content = await _read(self.dear, key)
        except NotFound:
            return 0
        await self._cheap.put(key, content, info.content_type)
        there, now = await self._cheap.head(key), await self.dear.head(key)
        if now is None or now.gone or there is None or there.size_bytes != info.size_bytes:
            return 0  # deleted meanwhile, or moved by another: who moves looks whether it may be there at all
        await self.dear.delete(key)
        return info.size_bytes

    async def brought_back(self, key: str) -> bool:
        """Whether the key can be read from the dear store now; copied from the cheap one, if it is there alone."""
        try:
            info, content = await _read(self._cheap, key)
        except NotFound:
            return False
        copied = await self.dear.put(key, content, info.content_type)
        now = await self.dear.head(key)
        if now is None or now.gone:
            return False
        self.returned += copied
        self.returned_bytes += copied * info.size_bytes
        return True


async def _read(store: Objects, key: str) -> tuple[ObjectInfo, bytes]:
    with tempfile.TemporaryDirectory(prefix="photolog-") as folder:
        file = Path(folder, "object")
        info = await store.download(key, file)
        return info, await asyncio.to_thread(file.read_bytes)
