"""MinioParts: commands.ports.Parts as S3's multipart uploads. Clients send parts straight to the store."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from minio.datatypes import Part as StoredPart
from minio.datatypes import Upload

from commands.ports import Part, Presigned
from infra.minio.connection import MinioConnection
from infra.minio.errors import Changed
from infra.minio.signing import LIFETIME_S, sign_url
from infra.minio.site import Access, MinioSite
from schemas.errors import NotFound
from schemas.ids import Millis
from schemas.objects import check_key


class MinioParts:
    """Uploads in parts into one bucket, for any number of processes."""

    def __init__(
        self, site: MinioSite, signer: Access, connection: MinioConnection, clock: Callable[[], Millis]
    ) -> None:
        self._site, self._signer, self._clock = site, signer, clock
        self._connection, self._store, self._bucket = connection, connection.store, site.bucket

    async def begin(self, key: str, content_type: str) -> str:
        check_key(key)
        headers: dict[str, str | list[str] | tuple[str]] = {"Content-Type": content_type}
        return await self._connection.run(self._store._create_multipart_upload, self._bucket, key, headers)

    def presign(self, key: str, upload_id: str, number: int, size_bytes: int) -> Presigned:
        check_key(key)
        headers, now_s = {"Content-Length": str(size_bytes)}, self._clock() // 1000
        url = urlsplit(f"{self._site.public_endpoint.rstrip('/')}/{self._bucket}/{key}")
        part = {"partNumber": str(number), "uploadId": upload_id}
        signed = sign_url("PUT", url, headers, self._signer, now_s, part)
        return Presigned(signed, headers, (now_s + LIFETIME_S) * 1000)

    async def received(self, key: str, upload_id: str) -> Sequence[Part]:
        return await self._connection.run(self._received, key, upload_id)

    async def join(self, key: str, upload_id: str, parts: Sequence[Part]) -> bool:
        try:
            await self._connection.run(self._join, key, upload_id, parts)
        except Changed:
            return False
        return True

    async def abandon(self, key: str, but: str | None = None) -> None:
        """Asks for this very key: a listing by a prefix that is none tells nothing on MinIO."""
        of_key = [one for one in await self._connection.run(self._begun, key) if one.object_name == key]
        await self._give_up([one for one in of_key if one.upload_id != but])

    async def expire(self, before: Millis) -> int:
        """MinIO forgets at a restart what began before, and expires it by itself (MINIO_API_STALE_UPLOADS_EXPIRY)."""
        old = datetime.fromtimestamp(before / 1000, UTC)
        begun = await self._connection.run(self._begun, "")
        return await self._give_up([one for one in begun if one.initiated_time and one.initiated_time < old])

    async def _give_up(self, uploads: Sequence[Upload]) -> int:
        for one in uploads:
            try:
                await self._connection.run(
                    self._store._abort_multipart_upload, self._bucket, one.object_name, str(one.upload_id)
                )
            except NotFound:
                continue  # joined, or given up by another
        return len(uploads)

    def _received(self, key: str, upload_id: str) -> Sequence[Part]:
        return [Part(one.part_number, one.size or 0, one.etag.strip('"')) for one in self._pages(key, upload_id)]

    def _pages(self, key: str, upload_id: str) -> Iterator[StoredPart]:
        marker: str | None = None
        while True:
            page = self._store._list_parts(self._bucket, key, upload_id, part_number_marker=marker)
            yield from page.parts
            if not page.is_truncated:
                return
            marker = str(page.next_part_number_marker)

    def _join(self, key: str, upload_id: str, parts: Sequence[Part]) -> None:
        said = [StoredPart(part.number, part.etag) for part in parts]
        self._store._complete_multipart_upload(self._bucket, key, upload_id, said)

    def _begun(self, prefix: str) -> Sequence[Upload]:
        found = self._store._list_multipart_uploads(self._bucket, prefix=prefix or None)
        return list(found.uploads)
