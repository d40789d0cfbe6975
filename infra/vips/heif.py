"""What a HEIF or AVIF file says of its picture, read from its boxes (ISO 14496-12, 23008-12): libheif keeps some of it.

Whether every byte of the picture is there: libheif paints missing tiles grey and says nothing. How its colours are to
be read, which it does not tell libvips. Which codec it needs. Runs in the child; a malformed file is corrupt.
"""

import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.vips.boxes import Box, box_at, meta_of
from infra.vips.refusals import Refusal

MOST_ITEMS = 100_000


@dataclass(frozen=True)
class Heif:
    """One picture. `nclx`: primaries, transfer and matrix (ITU-T H.273), and whether the range is full."""

    codecs: frozenset[bytes]
    nclx: tuple[int, int, int, bool] | None
    monochrome: bool
    whole: bool


def read(path: Path) -> Heif:
    """Raises Refusal: unsupported for a sequence of pictures that names none as its own, corrupt for broken boxes."""
    content, sequence = meta_of(path)
    try:
        return _Meta(content).picture(path.stat().st_size, sequence)
    except (struct.error, IndexError, KeyError) as error:
        raise Refusal("corrupt") from error


class _Meta:
    """A `meta` box's content, with its version and flags in front."""

    def __init__(self, content: bytes) -> None:
        self._data = content
        self._top = {box.kind: box for box in self._boxes(4, len(content))}

    def picture(self, file_size: int, sequence: bool) -> Heif:
        """What is said of the primary item and of those that it is made of."""
        if b"pitm" not in self._top:
            raise Refusal("unsupported" if sequence else "corrupt")
        primary = self._item(self._top[b"pitm"], at=4)
        kinds, parts = self._kinds(), self._parts(primary)
        coded = [item for item in parts if kinds[item] not in {b"grid", b"iovl", b"iden"}]
        told = self._properties(parts)
        colours = [one for item in parts for one in told[item] if one[0] == b"colr" and one[1][:4] == b"nclx"]
        return Heif(
            codecs=frozenset(kinds[item] for item in coded),
            nclx=_nclx(colours[0][1]) if colours else None,
            monochrome=bool(coded) and all(map(_monochrome, told[coded[0]])) and bool(told[coded[0]]),
            whole=self._whole(set(coded), file_size),
        )

    def _boxes(self, start: int, end: int) -> Iterator[Box]:
        while start < end:
            box = box_at(self._data, start, start, end)
            if box is None or box.end > end:
                raise Refusal("corrupt")
            yield box
            start = box.end

    def _item(self, box: Box, at: int) -> int:
        return self._number(box.start + at, 4 if self._data[box.start] else 2)

    def _number(self, at: int, size: int) -> int:
        if at + size > len(self._data):
            raise IndexError(at)
        return int.from_bytes(self._data[at : at + size], "big")

    def _kinds(self) -> dict[int, bytes]:
        """The type of every item."""
        kinds: dict[int, bytes] = {}
        iinf = self._top[b"iinf"]
        for box in self._boxes(iinf.start + (8 if self._data[iinf.start] else 6), iinf.end):
            version = self._data[box.start]
            if box.kind == b"infe" and version >= 2:
                wide = 4 if version >= 3 else 2
                at = box.start + 4 + wide + 2
                kinds[self._number(box.start + 4, wide)] = self._data[at : at + 4]
        return kinds

    def _parts(self, primary: int) -> list[int]:
        """The primary item, and what it is put together from, in order."""
        made_of: dict[int, list[int]] = defaultdict(list)
        if b"iref" in self._top:
            iref = self._top[b"iref"]
            wide = 4 if self._data[iref.start] else 2
            for box in self._boxes(iref.start + 4, iref.end):
                if box.kind == b"dimg":
                    item, count = self._number(box.start, wide), self._number(box.start + wide, 2)
                    first = box.start + wide + 2
                    made_of[item] += [self._number(first + number * wide, wide) for number in range(count)]
        parts: dict[int, None] = {}
        waiting = [primary]
        while waiting and len(parts) < MOST_ITEMS:
            item = waiting.pop(0)
            if item not in parts:
                parts[item] = None
                waiting += made_of[item]
        return list(parts)

    def _properties(self, items: list[int]) -> dict[int, list[tuple[bytes, bytes]]]:
        """The kind and content of each item's properties."""
        told: dict[int, list[tuple[bytes, bytes]]] = {item: [] for item in items}
        iprp = self._top[b"iprp"]
        boxes = list(self._boxes(iprp.start, iprp.end))
        known = [box for ipco in boxes if ipco.kind == b"ipco" for box in self._boxes(ipco.start, ipco.end)]
        for ipma in boxes:
            if ipma.kind == b"ipma":
                for item, index in self._associated(ipma):
                    if item in told and 0 < index <= len(known):
                        box = known[index - 1]
                        told[item].append((box.kind, self._data[box.start : box.end]))
        return told

    def _associated(self, ipma: Box) -> Iterator[tuple[int, int]]:
        """Items, and the places of their properties, counted from 1."""
        version, flags = self._data[ipma.start], self._data[ipma.start + 3]
        wide, index_size = 4 if version else 2, 2 if flags & 1 else 1
        at = ipma.start + 8
        for _ in range(self._number(ipma.start + 4, 4)):
            item, count = self._number(at, wide), self._number(at + wide, 1)
            at += wide + 1
            for _ in range(count):
                yield item, self._number(at, index_size) & (0x7FFF if index_size == 2 else 0x7F)
                at += index_size

    def _whole(self, items: set[int], file_size: int) -> bool:
        """Whether the bytes of all these items lie within the file, or within the meta box."""
        idat = self._top.get(b"idat")
        inside = idat.end - idat.start if idat else 0
        found: set[int] = set()
        for item, method, end in self._extents():
            if item in items:
                if method > 1 or end > (inside if method else file_size):
                    return False
                found.add(item)
        return found == items

    def _extents(self) -> Iterator[tuple[int, int, int]]:
        """For every extent of `iloc`: its item, whether it lies in the file (0) or in `idat` (1), and its end."""
        iloc = self._top[b"iloc"]
        at, version = iloc.start + 4, self._data[iloc.start]
        sizes = self._number(at, 2)
        offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
        wide = 4 if version == 2 else 2
        count = self._number(at + 2, wide)
        at += 2 + wide
        for _ in range(count):
            item, at = self._number(at, wide), at + wide
            method = 0
            if version:
                method, at = self._number(at, 2) & 15, at + 2
            base, at = self._number(at + 2, base_size), at + 2 + base_size
            extents, at = self._number(at, 2), at + 2
            for _ in range(extents):
                at += index_size if version else 0
                offset, length = self._number(at, offset_size), self._number(at + offset_size, length_size)
                at += offset_size + length_size
                yield item, method, base + offset + length


def _nclx(content: bytes) -> tuple[int, int, int, bool]:
    primaries, transfer, matrix, full = struct.unpack_from(">HHHB", content, 4)
    return primaries, transfer, matrix, bool(full & 0x80)


def _monochrome(told: tuple[bytes, bytes]) -> bool:
    """Whether a codec's configuration says that there is no colour; what says nothing of it agrees."""
    kind, content = told
    if kind == b"av1C":
        return bool(content[2] & 0x10)
    if kind == b"hvcC":
        return content[16] & 3 == 0
    return True
