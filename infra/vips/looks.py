"""The look of a picture: a 64-bit perceptual hash, which stays nearly the same when the picture is encoded anew,
resized or framed. Runs in the child.

The scheme and the order of bits are those of `imagehash.phash`: a DCT of 32 x 32 grey values, its 8 x 8 lowest
frequencies against their median. Source: Zauner, "Implementation and benchmarking of perceptual image hash functions",
2010.
"""

import math
from collections.abc import Sequence

import pyvips

SIDE, KEPT = 32, 8
THIN = 8
"""Pixels below which nothing is taken for a border."""
FRAME = 24
"""By how much of 255 a pixel may differ from its border's colour and be of it."""
_COSINES = [[math.cos(math.pi * k * (2 * n + 1) / (2 * SIDE)) for n in range(SIDE)] for k in range(KEPT)]


def looks_of(picture: pyvips.Image) -> str:
    """The look of a picture, and, where it has a border of one colour, that of what is in it; with a blank between."""
    inner = _unframed(picture)
    return look_of(picture) if inner is None else f"{look_of(picture)} {look_of(inner)}"


def look_of(picture: pyvips.Image) -> str:
    """16 hex digits; two pictures are as unlike as their digits differ in bits."""
    grey = picture.thumbnail_image(SIDE, height=SIDE, size="force").colourspace("b-w").extract_band(0)
    values = grey.cast("uchar").write_to_memory()
    rows = [_lowest(values[at : at + SIDE]) for at in range(0, len(values), SIDE)]
    columns = [_lowest([row[across] for row in rows]) for across in range(KEPT)]
    lowest = [columns[across][down] for down in range(KEPT) for across in range(KEPT)]
    middle = _median(lowest)
    return f"{int(''.join('1' if value > middle else '0' for value in lowest), 2):016x}"


def _unframed(picture: pyvips.Image) -> pyvips.Image | None:
    """What is inside of a border that has the colour of the first pixel; None without one."""
    if min(picture.width, picture.height) < THIN:
        return None
    left, top, width, height = picture.find_trim(threshold=FRAME, background=picture(0, 0))
    framed = (width, height) != (picture.width, picture.height)
    if not framed or 2 * width < picture.width or 2 * height < picture.height:
        return None
    return picture.crop(left, top, width, height)


def _lowest(values: Sequence[float]) -> list[float]:
    """The lowest frequencies of a DCT-II, not scaled: what is compared is only which are above the median."""
    return [sum(map(float.__mul__, cosines, map(float, values))) for cosines in _COSINES]


def _median(values: Sequence[float]) -> float:
    """Of an even number of values. `statistics`, which has one, costs a child more to import than the hash."""
    upper = len(values) // 2
    return sum(sorted(values)[upper - 1 : upper + 1]) / 2
