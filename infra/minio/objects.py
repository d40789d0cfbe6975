"""MinioObjects: commands.ports.Objects on MinIO, in a bucket that set_up.py has made. Written for any S3 store.

Clients upload straight to the store, over URLs signed in a name that can do nothing else.
"""

import asyncio
from collections.abc import Callable, Sequence
from io import BytesIO
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

from minio.commonconfig import CopySource
from urllib3 import Timeout

from commands.ports import ObjectInfo, Presigned
from infra.minio.connection import TIMEOUT, MinioConnection
from infra.minio.creating import create
from infra.minio.errors import Changed, Tampered
from infra.minio.parts import MinioParts
from infra.minio.reading import GONE_HEADER, Reading, described
from infra.minio.signing import LIFETIME_S, sign_url
from infra.minio.site import Access, MinioSite, origin
from schemas.errors import NotFound
from schemas.ids import Millis
from schemas.objects import check_key, check_prefix, check_public

PAGE = 1000
"""Names in a page of a listing: S3 gives no more, and so many while there are more."""


class MinioObjects:
    """Objects in one bucket, for any number of processes."""

    def __init__(
        self,
        site: MinioSite,
        signer: Access,
        worker: Access,
        clock: Callable[[], Millis],
        timeout: Timeout = TIMEOUT,
    ) -> None:
        origin(site.public_endpoint)
        origin(site.media_url)
        self._site = site
        self._signer = signer
        self._worker = worker
        self._clock = clock
        self._connection = MinioConnection(site, worker, timeout)
        self._store = self._connection.store
        self.parts = MinioParts(site, signer, self._connection, clock)

    def presign_put(self, key: str, content_type: str, size_bytes: int, checksum_sha256: str | None) -> Presigned:
        check_key(key)
        headers = {
            "Content-Type": content_type,
            "Content-Length": str(size_bytes),
            "If-None-Match": "*",
            "x-amz-tagging": "state=new",
        }
        if checksum_sha256:
            headers["x-amz-checksum-sha256"] = checksum_sha256
        now_s = self._clock() // 1000
        url = urlsplit(self._url(self._site.public_endpoint, key))
        signed = sign_url("PUT", url, headers, self._signer, now_s)
        return Presigned(signed, headers, (now_s + LIFETIME_S) * 1000)

    def public_url(self, key: str) -> str:
        check_public(key)
        return f"{self._site.media_url.rstrip('/')}/{key}"

    async def head(self, key: str) -> ObjectInfo | None:
        check_key(key)
        try:
            found = await self._connection.run(self._store.stat_object, self._site.bucket, key)
        except (NotFound, Tampered):  # an unreadable upload is a missing one
            return None
        return described(key, found.metadata or {}, found.size or 0)

    async def read(self, key: str, byte_range: str = "") -> Reading:
        """An object as it is, or the part that a Range header asks for; to be closed. Raises NotFound, OutOfRange."""
        check_key(key)
        try:
            return await self._connection.run(self._read, key, byte_range)
        except Tampered as error:
            raise NotFound from error

    async def download(self, key: str, target: Path) -> ObjectInfo:
        check_key(key)
        try:
            return await self._connection.run(self._download, key, target)
        except Tampered as error:
            raise NotFound from error

    async def put(self, key: str, content: bytes, content_type: str) -> bool:
        """If the answer is lost it is not known whose object is there: raises Unavailable, and can be repeated."""
        check_key(key)
        http, url = self._connection.http, self._url(self._site.endpoint, key)
        return await self._connection.run(create, http, url, self._worker, content, content_type)

    async def copy(self, source: str, target: str, etag: str) -> bool:
        """The look at the target comes first: S3 copies over whatever is there, and a tombstone must stay."""
        check_key(source)
        check_key(target)
        taken = await self.head(target)
        if taken is not None:
            return taken.etag == etag and not taken.gone
        try:
            await self._connection.run(self._copy, source, target, etag)
        except (NotFound, Changed):
            return False
        return True

    async def delete(self, key: str) -> None:
        check_key(key)
        await self._connection.run(self._store.remove_object, self._site.bucket, key)

    async def tombstone(self, key: str) -> None:
        check_key(key)
        store, bucket = self._store, self._site.bucket
        await self._connection.run(store.put_object, bucket, key, BytesIO(), 0, metadata={GONE_HEADER: "1"})

    async def children(self, prefix: str, after: str, limit: int) -> list[str]:
        check_prefix(prefix)
        return [*await self._connection.run(self._children, prefix, after, limit)]

    async def list(self, prefix: str) -> list[ObjectInfo]:
        """Asks for the head of each object, since a listing of S3 tells neither its type nor whether it is gone.

        Raises Tampered if the store cannot list an upload; no client can spoil a prefix of `m/`.
        """
        check_prefix(prefix)
        keys = await self._connection.run(self._keys, prefix)
        found = await asyncio.gather(*map(self.head, keys))
        return [info for info in found if info is not None]

    def close(self) -> None:
        """Ends the connections to the store."""
        self._connection.close()

    def _copy(self, source: str, target: str, etag: str) -> None:
        bucket = self._site.bucket
        self._store.copy_object(bucket, target, CopySource(bucket, source, match_etag=etag))

    def _children(self, prefix: str, after: str, limit: int) -> Sequence[str]:
        """The store's first page, whose keys come before its folders; a folder comes again behind its own name."""
        bucket = self._site.bucket
        found = self._store.list_objects(bucket, prefix=prefix, recursive=False, start_after=after or None)
        names = sorted(str(one.object_name) for one in islice(found, PAGE))
        return [name for name in names if name != after][:limit]

    def _keys(self, prefix: str) -> Sequence[str]:
        listed = self._store.list_objects(self._site.bucket, prefix=prefix, recursive=True)
        return sorted(found.object_name for found in listed)

    def _read(self, key: str, byte_range: str) -> Reading:
        answer = self._store.get_object(
            self._site.bucket, key, request_headers={"Range": byte_range} if byte_range else None
        )
        return Reading(key, answer, self._connection)

    def _download(self, key: str, target: Path) -> ObjectInfo:
        reading = self._read(key, "")
        try:
            return reading.save(target)
        finally:
            reading.close()

    def _url(self, endpoint: str, key: str) -> str:
        return f"{endpoint.rstrip('/')}/{self._site.bucket}/{key}"
