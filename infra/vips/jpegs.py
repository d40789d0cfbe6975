"""What a JPEG's markers say (ITU-T T.81): whether we decode its kind, and whether only its end marker is missing."""

import re
from collections.abc import Iterator
from mmap import mmap

from infra.vips.refusals import Refusal

END = b"\xff\xd9"
Bytes = bytes | mmap
_MARKER = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])", re.DOTALL)
"""What ends entropy-coded data: neither a stuffed zero nor a restart."""
_ALONE = {0x01, *range(0xD0, 0xD9)}
_SOS, _EOI = 0xDA, 0xD9
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_DECODED = {0xC0, 0xC1, 0xC2, 0xC9, 0xCA}
"""Baseline, extended and progressive; neither lossless nor hierarchical."""
_PROGRESSIVE = {0xC2, 0xCA}
_BITS = 8
_COEFFICIENTS = 64


def refuse_other_kinds(data: Bytes) -> None:
    """Raises Refusal for a JPEG of 12 bits, without loss, or in a hierarchy."""
    for marker, at in _segments(data):
        if marker in _FRAMES and at < len(data):
            if marker not in _DECODED or data[at] != _BITS:
                raise Refusal("unsupported")
            return


def lacks_only_its_end(data: Bytes) -> bool:
    """Whether there is no end marker, and as far as markers tell every scan has begun: a decoder sees if one is cut."""
    try:
        return _all_begun(data)
    except (IndexError, KeyError):
        return False  # a decoder will say what is wrong with it


def _all_begun(data: Bytes) -> bool:
    frame: tuple[int, list[int]] | None = None
    left: dict[int, list[int]] = {}
    for marker, at in _segments(data):
        if marker == _EOI:
            return False
        if marker in _FRAMES:
            components = [data[at + 6 + 3 * number] for number in range(data[at + 5])]
            frame = marker, components
            left = {component: [1] * _COEFFICIENTS for component in components}
        if marker == _SOS and frame is not None:
            count = data[at]
            first, last, low = data[at + 1 + 2 * count], data[at + 2 + 2 * count], data[at + 3 + 2 * count] & 15
            band = range(first, last + 1) if frame[0] in _PROGRESSIVE else range(_COEFFICIENTS)
            for component in (data[at + 1 + 2 * number] for number in range(count)):
                for coefficient in band:
                    left[component][coefficient] = low if frame[0] in _PROGRESSIVE else 0
    return frame is not None and not any(map(any, left.values()))


def _segments(data: Bytes) -> Iterator[tuple[int, int]]:
    """Each marker, and where its content begins, after the length. Ends where the markers make no sense any more."""
    at = 2
    while found := _MARKER.search(data, at):
        marker, at = found[1][0], found.end()
        if marker in _ALONE:
            continue
        if marker == _EOI:
            yield marker, at
            return
        length = int.from_bytes(data[at : at + 2], "big")
        if at + length > len(data):
            return
        yield marker, at + 2
        at += length
