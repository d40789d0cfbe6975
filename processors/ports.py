"""The port of the media pipeline: pictures in, renditions out. The other ports: see commands and projections."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from events.posts import RejectionReason

RenditionName = Literal["thumbnail", "feed", "full"]


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


@dataclass(frozen=True)
class Refused:
    """A file that can not."""

    reason: RejectionReason


class Renderer(Protocol):
    """Makes renditions. Never trusts the file: bounded in pixels, memory and time, and it survives any input."""

    async def render(self, source: Path, declared_type: str) -> Rendered | Refused:
        """The renditions of one file, or why there are none. Raises only when the machine is at fault: try again."""
