"""DirectoryObjects: commands.ports.Objects in a folder. Uploads and public reads reach it through routes.py.

`keys/` holds a pointer for each key, `blobs/` the bytes, `incoming/` what is not stored yet.
"""

import base64
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import BinaryIO, TypeVar

from commands.ports import ObjectInfo, Presigned
from infra.directory.files import IncomingFile, in_thread, make_folder, sync_folder
from infra.directory.pointers import Pointer, Pointers
from infra.directory.signing import CHECKSUM_HEADER, FREE_KEY, LIFETIME_S, SignedRequest, check, sign
from infra.directory.sweeping import sweep
from infra.http.refusals import BadDigest, EntityTooLarge, IncompleteBody, PreconditionFailed
from schemas.errors import NotFound
from schemas.ids import Millis
from schemas.objects import check_key, check_prefix, check_public

T = TypeVar("T")

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
    ) -> None:
        """URLs are signed with `secret`; those that were signed with a previous one are good until they expire."""
        if not secret:
            raise ValueError("URLs signed with an empty secret are open to everybody")
        self._blobs, self._incoming = root / "blobs", root / "incoming"
        make_folder(self._blobs)
        make_folder(self._incoming)
        self._pointers = Pointers(root / "keys", self._incoming)
        self._origin = public_url
        self._secret = secret
        self._secrets = (secret, *previous)
        self._clock = clock

    def presign_put(self, key: str, content_type: str, size_bytes: int, checksum_sha256: str | None) -> Presigned:
        check_key(key)
        expires_s = self._clock() // 1000 + LIFETIME_S
        request = SignedRequest("PUT", key, content_type, size_bytes, checksum_sha256 or "", expires_s)
        query = f"expires={expires_s}&signature={sign(self._secret, request)}"
        headers = {"Content-Type": content_type, "Content-Length": str(size_bytes), **FREE_KEY}
        if checksum_sha256:
            headers[CHECKSUM_HEADER] = checksum_sha256
        return Presigned(self._url(f"objects/{key}?{query}"), headers, expires_s * 1000)

    def public_url(self, key: str) -> str:
        check_public(key)
        return self._url(key)

    def authorize(self, request: SignedRequest, signature: str) -> None:
        """Raises SignatureDoesNotMatch or RequestExpired unless `presign_put` gave out this very request."""
        check(self._secrets, request, signature, self._clock())

    async def receive(self, request: SignedRequest, chunks: AsyncIterator[bytes]) -> ObjectInfo:
        """Stores a request's body under its key, which must be free; or raises, and stores nothing.

        Raises PreconditionFailed for a key that is taken, EntityTooLarge, IncompleteBody, BadDigest, StorageFull, and
        whatever `chunks` raises.
        """
        if await self.head(request.key) is not None:
            raise PreconditionFailed
        file = IncomingFile(self._incoming)
        try:
            await in_thread(file.open)
            async for chunk in chunks:
                if file.size + len(chunk) > request.size_bytes:
                    raise EntityTooLarge
                await in_thread(file.write, chunk)
            if file.size < request.size_bytes:
                raise IncompleteBody
            if request.checksum_sha256 not in {"", base64.b64encode(file.sha256).decode()}:
                raise BadDigest
            info = _info(request.key, request.content_type, file)
            if not await in_thread(self._keep, file, info, self._create):
                raise PreconditionFailed
            return info
        finally:
            await in_thread(file.discard)

    async def head(self, key: str) -> ObjectInfo | None:
        check_key(key)
        pointer = await in_thread(self._pointers.read, key)
        return None if pointer is None else pointer.info

    async def open(self, key: str) -> tuple[ObjectInfo, BinaryIO]:
        """An object's bytes as they are now, to be closed by who asks: they stay readable whatever becomes of the key.

        Raises NotFound, for a tombstone too.
        """
        check_key(key)
        return await in_thread(self._reach, key, lambda path: path.open("rb"))

    async def download(self, key: str, target: Path) -> ObjectInfo:
        check_key(key)
        return await in_thread(self._download, key, target)

    async def put(self, key: str, content: bytes, content_type: str) -> bool:
        check_key(key)
        return await in_thread(self._put, key, content, content_type)

    async def delete(self, key: str) -> None:
        check_key(key)
        await in_thread(lambda: self._forget(self._pointers.remove(key)))

    async def tombstone(self, key: str) -> None:
        check_key(key)
        grave = Pointer(ObjectInfo(key, size_bytes=0, content_type="", etag="", gone=True), blob=None)
        await in_thread(self._replace, grave)

    async def list(self, prefix: str) -> list[ObjectInfo]:
        check_prefix(prefix)
        found = await in_thread(lambda: [pointer.info for pointer in self._pointers.scan(prefix)])
        return sorted(found, key=lambda info: info.key)

    async def sweep(self) -> int:
        """Removes what a crash left behind and nothing points at; how many files. To be called once at each start."""
        until = self._clock() - ORPHAN_AGE_MS
        return await in_thread(sweep, self._pointers, self._blobs, self._incoming, until)

    def _put(self, key: str, content: bytes, content_type: str) -> bool:
        if self._pointers.read(key) is not None:
            return False
        file = IncomingFile(self._incoming)
        try:
            file.open()
            file.write(content)
            return self._keep(file, _info(key, content_type, file), self._create)
        finally:
            file.discard()

    def _keep(self, file: IncomingFile, info: ObjectInfo, point: Callable[[Pointer], T]) -> T:
        """Makes the file a blob, then points at it: a key never leads to bytes that are not yet durable."""
        file.finish(self._clock())
        try:
            file.path.replace(self._blobs / file.name)
            sync_folder(self._blobs)
            return point(Pointer(info, file.name))
        finally:
            current = self._pointers.read(info.key)
            if current is None or current.blob != file.name:
                (self._blobs / file.name).unlink(missing_ok=True)

    def _create(self, pointer: Pointer) -> bool:
        return self._pointers.create(pointer, self._clock())

    def _replace(self, pointer: Pointer) -> None:
        self._forget(self._pointers.replace(pointer, self._clock()))

    def _forget(self, pointer: Pointer | None) -> None:
        if pointer is not None and pointer.blob is not None:
            (self._blobs / pointer.blob).unlink(missing_ok=True)

    def _download(self, key: str, target: Path) -> ObjectInfo:
        info, source = self._reach(key, lambda path: path.open("rb"))
        with source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy)
        return info

    def _reach(self, key: str, reach: Callable[[Path], T]) -> tuple[ObjectInfo, T]:
        """Looks again if the blob is replaced between the look at the pointer and the reach for the blob."""
        while (pointer := self._pointers.read(key)) is not None and pointer.blob is not None:
            try:
                return pointer.info, reach(self._blobs / pointer.blob)
            except FileNotFoundError:
                if self._pointers.read(key) == pointer:
                    raise
        raise NotFound

    def _url(self, path: str) -> str:
        origin = self._origin if isinstance(self._origin, str) else self._origin()
        return f"{origin.rstrip('/')}/{path}"


def _info(key: str, content_type: str, file: IncomingFile) -> ObjectInfo:
    return ObjectInfo(key, file.size, content_type, etag=file.sha256.hex())
