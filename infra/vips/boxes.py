"""Whether a HEIF file is all there. libheif paints missing tiles grey and says nothing, so its boxes are counted."""

from collections.abc import Iterator
from pathlib import Path

_TOP_LEVEL = {b"ftyp", b"meta", b"mdat", b"moov", b"moof", b"free", b"skip", b"uuid", b"wide", b"mpvd"}


def is_whole(path: Path) -> bool:
    """Every box ends within the file, and one of them holds the picture's data."""
    size = path.stat().st_size
    boxes = dict(_boxes(path))
    return b"mdat" in boxes and all(end <= size for end in boxes.values())


def _boxes(path: Path) -> Iterator[tuple[bytes, int]]:
    """The kind and the end of each box, up to the first that is none: some phones append data of their own."""
    start, size = 0, path.stat().st_size
    with path.open("rb") as file:
        while start < size:
            file.seek(start)
            header = file.read(16)
            kind, length = header[4:8], int.from_bytes(header[:4], "big")
            if length == 1:
                length = int.from_bytes(header[8:16], "big")
            end = start + length if length else size
            if kind not in _TOP_LEVEL or end < start + 8:
                return
            yield kind, end
            start = end
