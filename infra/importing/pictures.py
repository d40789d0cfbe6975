"""Pictures of imported posts: files beside the rows, or one placeholder. Read by batches.py, a post at a time."""

import struct
import zlib
from pathlib import Path

from commands.importing import Picture
from schemas.errors import FieldError, ValidationFailed
from schemas.photos import CONTENT_TYPES

SIDE, GREY = 64, 0xCC


def picture(named: str | None, beside: Path, most_bytes: int) -> Picture:
    """What a row names, by a path from the folder that its file is in. Raises ValidationFailed."""
    if named is None:
        return PLACEHOLDER
    file = beside / named
    content_type = CONTENT_TYPES.get(file.suffix.lower())
    if content_type is None:
        raise _refused(f"is none of {', '.join(CONTENT_TYPES)}")
    try:
        with file.open("rb") as source:
            content = source.read(most_bytes + 1)
    except (OSError, ValueError):
        raise _refused("cannot be read") from None
    if not 0 < len(content) <= most_bytes:
        raise _refused(f"has no bytes, or more than {most_bytes}")
    return Picture(file.name[-255:], content_type, content)


def _refused(why: str) -> ValidationFailed:
    return ValidationFailed([FieldError("image", why)])


def _grey(side: int) -> bytes:
    """A grey square as PNG (ISO/IEC 15948): the renderer makes of it what it makes of any photo."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\0" + bytes([GREY]) * side) * side)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


PLACEHOLDER = Picture("placeholder.png", "image/png", _grey(SIDE))
