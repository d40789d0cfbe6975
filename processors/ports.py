"""The ports of the media pipeline: pictures in, renditions out, and edges that keep them. The other ports: see commands
and projections."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from commands.ports import Objects
from events.posts import RejectionReason
from schemas.ids import AvatarId, PostId

Picture = Literal["photo", "photo_avif", "avatar"]
"""What is made: a photo as it is in three sizes, in AVIF too perhaps, or squares of its middle."""
RenditionName = Literal["thumbnail", "feed", "full", "small", "large"]
"""The sizes of a photo, and those of an avatar."""


@dataclass(frozen=True)
class RenderedFile:
    """One rendition: its bytes are final, without metadata, in sRGB."""

    name: RenditionName
    content_type: str
    extension: str
    width: int
    height: int
    content: bytes


@dataclass(frozen=True)
class Rendered:
    """A photo that can be published. Width and height are those of the upright original, in pixels."""

    files: tuple[RenderedFile, ...]
    width: int
    height: int
    blurhash: str
    look: str
    """64-bit perceptual hashes in hex, with blanks between, which say how like two pictures are: of all of it, and of
    what is inside of a border."""


@dataclass(frozen=True)
class Refused:
    """A file that can not."""

    reason: RejectionReason


class Renderer(Protocol):
    """Makes renditions. Never trusts the file: bounded in pixels, memory and time, and it survives any input."""

    async def render(self, source: Path, declared_type: str, picture: Picture = "photo") -> Rendered | Refused:
        """The renditions of one file, or why there are none. Raises only when the machine is at fault: try again."""


class Edge(Protocol):
    """Caches before the object store, which keep what they once fetched."""

    @property
    def any(self) -> bool:
        """Whether there are any."""

    async def purge(self, of: PostId | AvatarId) -> None:
        """Nothing that was fetched before is kept of these media. Safe to repeat. Raises Unavailable if one of them did
        not hear of it."""


class Tiers(Objects, Protocol):
    """An object store with a cheap class for what nobody reads. Whoever reads an object brings it back."""

    @property
    def dear(self) -> Objects:
        """What is not in the cheap class alone."""

    async def cool(self, key: str) -> int:
        """Moves an object to the cheap class; how many bytes that saves. 0 if there was nothing to move.

        What is deleted meanwhile may come too early for what is moved: whoever moves looks again, and deletes again."""
