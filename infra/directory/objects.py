"""DirectoryObjects: commands.ports.Objects in a folder. Uploads and public reads reach it through routes.py.

blobs.py keeps the bytes, parts.py the uploads that come in parts.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from commands.ports import ObjectInfo, Presigned
from infra.directory.blobs import Blobs
from infra.directory.files import in_thread
from infra.directory.parts import DirectoryParts
from infra.directory.receiving import received
from infra.directory.signing import SignedRequest, SignedUrls
from infra.http.refusals import PreconditionFailed
from schemas.errors import NotFound
from schemas.ids import Millis
from schemas.objects import check_key, check_prefix, check_public

ORPHAN_AGE_MS = 60 * 60 * 1000
"""How old a file must be before a sweep believes that nobody is about to point at it."""


class DirectoryObjects:
    """Objects under one folder, for one process. `public_url` is the origin of routes.py, as clients see it."""

    def __init__(
        self,
        root: Path,
        public_url: str | Callable[[], str],
        secret: bytes,
        clock: Callable[[], Millis],
        previous: Sequence[bytes] = (),
        media_url: str = "",
    ) -> None:
        """URLs are signed with `secret`; those that were signed with a previous one are good until they expire.

        `media_url`: another origin that renditions are read from.
        """
        self.urls = SignedUrls(public_url, (secret, *previous), clock)
        self._blobs = Blobs(root, clock)
        self._clock = clock
        self._media_url = media_url
        self.parts = DirectoryParts(root / "parts", self._blobs, self.urls)

    def presign_put(self, key: str, content_type: str, size_bytes: int, checksum_sha256: str | None) -> Presigned:
        check_key(key)
        return self.urls.put(key, size_bytes, content_type, checksum_sha256 or "")

    def public_url(self, key: str) -> str:
        check_public(key)
        return f"{self._media_url}/{key}" if self._media_url else self.urls.at(key)

    async def receive(self, request: SignedRequest, chunks: AsyncIterator[bytes]) -> ObjectInfo:
        """Stores a request's body under its key, which must be free; or raises, and stores nothing.

        Raises PreconditionFailed for a key that is taken, and what receiving.received does.
        """
        if await self.head(request.key) is not None:
            raise PreconditionFailed
        async with received(self._blobs.file, request, chunks) as file:
            info = await in_thread(self._blobs.create, file, request.key, request.content_type)
        if info is None:
            raise PreconditionFailed
        return info

    async def head(self, key: str) -> ObjectInfo | None:
        check_key(key)
        pointer = await in_thread(self._blobs.pointers.read, key)
        return None if pointer is None else pointer.info

    async def open(self, key: str) -> tuple[ObjectInfo, BinaryIO]:
        """An object's bytes as they are now, to be closed by who asks: they stay readable whatever becomes of the key.

        Raises NotFound, for a tombstone too.
        """
        check_key(key)
        return await in_thread(self._blobs.open, key)

    async def download(self, key: str, target: Path) -> ObjectInfo:
        check_key(key)
        return await in_thread(self._blobs.save, key, target)

    async def put(self, key: str, content: bytes, content_type: str) -> bool:
        check_key(key)
        return await in_thread(self._put, key, content, content_type)

    async def copy(self, source: str, target: str, etag: str) -> bool:
        check_key(source)
        check_key(target)
        return await in_thread(self._copy, source, target, etag)

    async def delete(self, key: str) -> None:
        check_key(key)
        await in_thread(self._blobs.remove, key)

    async def tombstone(self, key: str) -> None:
        check_key(key)
        await in_thread(self._blobs.bury, key)

    async def children(self, prefix: str, after: str, limit: int) -> list[str]:
        check_prefix(prefix)
        found = await in_thread(self._blobs.pointers.children, prefix)
        return [name for name in found if name > after][:limit]

    async def list(self, prefix: str) -> list[ObjectInfo]:
        check_prefix(prefix)
        found = await in_thread(lambda: [pointer.info for pointer in self._blobs.pointers.scan(prefix)])
        return sorted(found, key=lambda info: info.key)

    async def sweep(self) -> int:
        """Removes what a crash left behind and nothing points at; how many files. To be called once at each start."""
        return await in_thread(self._blobs.sweep, self._clock() - ORPHAN_AGE_MS)

    def _put(self, key: str, content: bytes, content_type: str) -> bool:
        if self._blobs.pointers.read(key) is not None:
            return False
        file = self._blobs.file()
        try:
            file.open()
            file.write(content)
            return self._blobs.create(file, key, content_type) is not None
        finally:
            file.discard()

    def _copy(self, source: str, target: str, etag: str) -> bool:
        try:
            info, file = self._blobs.open(source)
        except NotFound:
            return False
        with file:
            content = file.read() if info.etag == etag else None
        if content is None:
            return False
        self._put(target, content, info.content_type)
        now = self._blobs.pointers.read(target)
        return now is not None and now.info.etag == etag
