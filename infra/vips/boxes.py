"""The boxes that an ISO media file is made of (ISO 14496-12, 4.2). Those that nobody knows are passed over."""

from pathlib import Path
from typing import BinaryIO, NamedTuple

from infra.vips.refusals import Refusal

MOST_META = 16 * 1024 * 1024
"""Bytes of a `meta` box: those of real files have some kilobytes."""


class Box(NamedTuple):
    """A box: its kind, and where its content begins and ends."""

    kind: bytes
    start: int
    end: int


def box_at(header: bytes, at: int, offset: int, end: int) -> Box | None:
    """The box whose header is there; None for what cannot be one: a name of other than letters, a wrong length."""
    if len(header) < at + 8 or not all(0x20 <= byte < 0x7F for byte in header[at + 4 : at + 8]):
        return None
    length, kind, skip = int.from_bytes(header[at : at + 4], "big"), header[at + 4 : at + 8], 8
    if length == 1:
        length, skip = int.from_bytes(header[at + 8 : at + 16], "big"), 16
    length = length or end - offset
    return Box(kind, offset + skip, offset + length) if length >= skip else None


def meta_of(path: Path) -> tuple[bytes, bool]:
    """What is in the file's `meta` box, and whether the file is a sequence, which has a `moov` box.

    Raises Refusal: unsupported for a sequence without it, corrupt for anything else.
    """
    with path.open("rb") as file:
        top = _top(file, path.stat().st_size)
        meta, sequence = top.get(b"meta"), b"moov" in top
        if meta is None:
            raise Refusal("unsupported" if sequence else "corrupt")
        if meta.end - meta.start > MOST_META:
            raise Refusal("corrupt")
        file.seek(meta.start)
        return file.read(meta.end - meta.start), sequence


def _top(file: BinaryIO, size: int) -> dict[bytes, Box]:
    """The first box of each kind, up to what is none: some phones append data of their own."""
    top: dict[bytes, Box] = {}
    start = 0
    while start < size:
        file.seek(start)
        box = box_at(file.read(16), 0, start, size)
        if box is None:
            break
        top.setdefault(box.kind, box)
        start = box.end
    return top
