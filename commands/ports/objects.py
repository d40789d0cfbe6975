"""The object store: originals and renditions. Bytes go there straight from clients and workers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from schemas.ids import Millis

if TYPE_CHECKING:
    from commands.ports.parts import Parts


@dataclass(frozen=True)
class Presigned:
    """A URL that takes exactly one kind of request until it expires."""

    url: str
    headers: Mapping[str, str]
    expires_at: Millis


@dataclass(frozen=True)
class ObjectInfo:
    """What the store knows about an object. `gone` marks a tombstone: no bytes, answered with 410."""

    key: str
    size_bytes: int
    content_type: str
    etag: str
    gone: bool = False


class Objects(Protocol):
    """The object store. Keys are `/`-separated; `m/` is public through the edge, all else is private."""

    @property
    def parts(self) -> "Parts":
        """Its uploads that come in parts."""

    def presign_put(self, key: str, content_type: str, size_bytes: int, checksum_sha256: str | None) -> Presigned:
        """A URL for a PUT of that type, length and (base64) checksum, valid for 15 minutes. Asks no server.

        It takes a free key only: while something is there it is answered with 412, and that stays as it is.
        """

    def public_url(self, key: str) -> str:
        """The absolute URL under which the edge serves a public object."""

    async def head(self, key: str) -> ObjectInfo | None:
        """What is stored under the key; None if nothing is."""

    async def download(self, key: str, target: Path) -> ObjectInfo:
        """Streams the object into a file. Raises NotFound."""

    async def put(self, key: str, content: bytes, content_type: str) -> bool:
        """Stores bytes under a key that is free, atomically; False if something, a tombstone too, is there already."""

    async def copy(self, source: str, target: str, etag: str) -> bool:
        """Copies an object inside the store, with its type, under a key that is free, while the source has this tag.

        True if the target holds it now; False if the source is another by now, or gone, or the target a tombstone.
        """

    async def delete(self, key: str) -> None:
        """Removes an object without trace; safe to repeat."""

    async def tombstone(self, key: str) -> None:
        """Replaces whatever is under the key, if anything, by a tombstone; atomic, safe to repeat."""

    async def children(self, prefix: str, after: str, limit: int) -> list[str]:
        """What is directly under a prefix that ends in `/`, in order: keys, and what further `/` end, once each.

        At most `limit`, behind `after`, which is one of them or "". Tells nothing of an object, and so costs little.
        """

    async def list(self, prefix: str) -> list[ObjectInfo]:
        """Every object whose key starts with the prefix, tombstones included, in key order."""
