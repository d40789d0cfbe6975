"""Uploads that come in parts: each is sent by itself, and sent again by itself; joined they become one object."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from commands.ports.objects import Presigned
from schemas.ids import Millis


@dataclass(frozen=True)
class Part:
    """A part that the store has. Numbers count from 1; the tag is what its PUT was answered with, without quotes."""

    number: int
    size_bytes: int
    etag: str


class Parts(Protocol):
    """Uploads in parts, of one object store: S3's multipart uploads. Each has an id of its own, which is no secret.

    A key may have several that are not joined; all but the last part of each have at least 5 MiB.
    """

    async def begin(self, key: str, content_type: str) -> str:
        """The id of a new upload of an object of that type; a further one each time."""

    def presign(self, key: str, upload_id: str, number: int, size_bytes: int) -> Presigned:
        """A URL for a PUT of a part of that length, valid for 15 minutes. Asks no server.

        Used again it replaces what it sent before. Answers carry the part's tag; 404 once the upload is over.
        """

    async def received(self, key: str, upload_id: str) -> Sequence[Part]:
        """What is there, by number. Raises NotFound for an upload that is joined, given up, or was never begun."""

    async def join(self, key: str, upload_id: str, parts: Sequence[Part]) -> bool:
        """Makes these parts the object, atomically; the upload is over then. Raises NotFound as `received` does.

        False, and nothing has happened, if one of them is not there as it is said. Said again of an upload that was
        joined it may be True, as the answer of a repeat: what is stored stays.
        """

    async def abandon(self, key: str, but: str | None = None) -> None:
        """Gives up every upload of this very key, or all but one, and what was sent for them; safe to repeat."""

    async def expire(self, before: Millis) -> int:
        """Gives up what began before then, of any key; how many. A store may have a setting that does so by itself."""
