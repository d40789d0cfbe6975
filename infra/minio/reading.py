"""An object that is being read: its head has come, its bytes are still on the way. Made by MinioObjects.

The bytes are taken as they are stored: a client can put a Content-Encoding on its upload, and nobody unpacks it.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path

from urllib3 import BaseHTTPResponse

from commands.ports import ObjectInfo
from infra.minio.connection import MinioConnection
from schemas.errors import NotFound

CHUNK = 128 * 1024
GONE_HEADER = "x-amz-meta-gone"
"""Marks a tombstone, which has no bytes: on anything that has, a client put it there, and it means nothing."""


def described(key: str, headers: Mapping[str, str], size_bytes: int) -> ObjectInfo:
    """What the headers of an answer say about an object."""
    gone = size_bytes == 0 and headers.get(GONE_HEADER) == "1"
    etag = headers.get("etag", "").strip('"')
    return ObjectInfo(key, size_bytes, headers.get("content-type", ""), etag, gone)


class Reading:
    """An answer of the store. Must be closed, which may happen at any time."""

    def __init__(self, key: str, answer: BaseHTTPResponse, connection: MinioConnection) -> None:
        self.status = answer.status
        self.content_range = answer.headers.get("content-range", "")
        self.length = int(answer.headers["content-length"])
        self.modified = answer.headers.get("last-modified", "")
        """When the store took it, as an HTTP date."""
        self.info = described(key, answer.headers, self.length)
        """Its size is that of the part that was asked for."""
        self._answer = answer
        self._connection = connection

    @property
    def closed(self) -> bool:
        """Whether nothing more can be read."""
        return self._answer.closed

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes, once. Raises Unavailable if they end too early."""
        while chunk := await self._connection.run(self._answer.read, CHUNK, decode_content=False):
            yield chunk

    def save(self, target: Path) -> ObjectInfo:
        """Writes the bytes to a file. Blocks. Raises NotFound for a tombstone."""
        if self.info.gone:
            raise NotFound
        with target.open("wb") as file:
            for chunk in self._answer.stream(CHUNK, decode_content=False):
                file.write(chunk)
        return self.info

    def close(self) -> None:
        """Gives the connection back if everything was read, else drops it; safe to repeat. Never blocks."""
        if self._answer.length_remaining and self._answer.connection is not None:
            # A thread may be in the middle of a read, which has the lock that closing needs until the store answers.
            with suppress(OSError, RuntimeError):  # it has just ended by itself
                self._answer.shutdown()
            self._answer.close()
        self._answer.release_conn()
