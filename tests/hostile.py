"""Files that are made to break a decoder, and one that only looks so; made here, byte by byte."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from events.posts import RejectionReason
from tests.pictures import scene
from tests.sample_data import sample

BOMB_SIDE = 16_384
PNG_BEGINS = b"\x89PNG\r\n\x1a\n"


def bomb() -> bytes:
    """A PNG of 33 KB that claims and has 268 million pixels."""
    packer = zlib.compressobj(9)
    row = bytes(1 + BOMB_SIDE // 8)  # a filter's number, and a bit for each pixel
    packed = b"".join(packer.compress(row) for _ in range(BOMB_SIDE)) + packer.flush()
    header = struct.pack("!IIBBBBB", BOMB_SIDE, BOMB_SIDE, 1, 0, 0, 0, 0)
    return PNG_BEGINS + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def truncated() -> bytes:
    """A JPEG with all its headers, and half of its pixels."""
    whole = sample("canon-5d.jpg").read_bytes()
    return whole[: len(whole) - 20_000]


def corrupted() -> bytes:
    """A JPEG of a camera whose table of codes was written over."""
    whole = sample("kodak-s1.jpg").read_bytes()
    counts = whole.index(b"\xff\xc4") + 5  # behind the marker, its length and the table's number
    return whole[:counts] + b"\xff" * 16 + whole[counts + 16 :]


def pixels_elsewhere() -> bytes:
    """A HEIF whose index says that its pixels lie beyond the end of the file."""
    return _heif_with(b"iloc", 12, struct.pack("!I", 0x7FFF_FF00))


def negative_size() -> bytes:
    """A HEIF whose picture has a size that is negative to whoever takes it for a signed number."""
    return _heif_with(b"ispe", 4, struct.pack("!II", 0xFFFF_FFFF, 0xFFFF_FFF0))


def no_size() -> bytes:
    """A HEIF whose picture has no width and no height."""
    return _heif_with(b"ispe", 4, bytes(8))


def invalid_exif() -> bytes:
    """A sound JPEG whose EXIF block points beyond its own end."""
    written = io.BytesIO()
    scene(636, 227).save(written, "JPEG", quality=90, exif=b"Exif\0\0II*\0\x08\0\0\0" + b"\xff" * 600)
    return written.getvalue()


def _heif_with(box: bytes, at: int, value: bytes) -> bytes:
    """A sound HEIF, but for so many bytes behind the name of a box."""
    written = io.BytesIO()
    scene(300, 200).save(written, "HEIF", quality=80)
    content = written.getvalue()
    start = content.index(box) + len(box) + at
    return content[:start] + value + content[start + len(value) :]


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack("!I", len(content)) + name + content + struct.pack("!I", zlib.crc32(name + content))


HOSTILE: dict[str, tuple[Callable[[], bytes], str, RejectionReason]] = {
    "bomb.png": (bomb, "image/png", "too_many_pixels"),
    "truncated.jpg": (truncated, "image/jpeg", "corrupt"),
    "corrupted.jpg": (corrupted, "image/jpeg", "corrupt"),
    "pixels-elsewhere.heif": (pixels_elsewhere, "image/heif", "corrupt"),
    "negative-size.heif": (negative_size, "image/heif", "too_many_pixels"),
    "no-size.heif": (no_size, "image/heif", "corrupt"),
}
"""What makes each file, what it is declared as, and why it is refused."""


def write_hostile(folder: Path, name: str) -> Path:
    """Makes one of the files."""
    (folder / name).write_bytes(HOSTILE[name][0]())
    return folder / name
