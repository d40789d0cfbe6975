"""What a PNG's chunks say of its colours (W3C PNG, third edition, 4.3): libvips knows of ICC profiles alone."""

from typing import BinaryIO

from infra.vips.light import SRGB_PRIMARIES, Chromaticities, Light, from_code_points, usable

_SCALE = 100_000
_SRGB_GAMMA = 45_455
_CLOSE = 0.002
MOST_CHUNKS = 10_000


def light_of(file: BinaryIO) -> Light | None:
    """How its colours are to be read; None: as its ICC profile says, or as sRGB. cICP first, iCCP, sRGB, then gAMA."""
    told = _chunks(file)
    if len(told.get(b"cICP", b"")) == 4:
        primaries, transfer = told[b"cICP"][:2]
        return from_code_points(primaries, transfer)
    if b"iCCP" in told or b"sRGB" in told:
        return None
    gamma, chromaticities = told.get(b"gAMA"), told.get(b"cHRM")
    exponent = int.from_bytes(gamma, "big") if gamma and len(gamma) == 4 else _SRGB_GAMMA
    primaries_ = _chromaticities(chromaticities) if chromaticities else SRGB_PRIMARIES
    if exponent == 0 or (abs(exponent - _SRGB_GAMMA) < _SCALE * _CLOSE and _alike(primaries_)):
        return None  # what an encoder writes that means sRGB
    return Light(primaries_, "srgb" if exponent == _SRGB_GAMMA else _SCALE / exponent)


def _chunks(file: BinaryIO) -> dict[bytes, bytes]:
    """The small chunks before the pixels."""
    told: dict[bytes, bytes] = {}
    file.seek(8)
    for _ in range(MOST_CHUNKS):
        header = file.read(8)
        length, kind = int.from_bytes(header[:4], "big"), header[4:]
        if len(header) < 8 or kind in {b"IDAT", b"IEND"}:
            break
        if kind in {b"cICP", b"gAMA", b"cHRM"}:
            told[kind] = file.read(length) if length <= 32 else b""
            file.seek(4, 1)
        else:
            told[kind] = b""
            file.seek(length + 4, 1)
    return told


def _chromaticities(content: bytes) -> Chromaticities:
    if len(content) != 32:
        return SRGB_PRIMARIES
    numbers = [int.from_bytes(content[at : at + 4], "big") / _SCALE for at in range(0, 32, 4)]
    white, red, green, blue = ((numbers[at], numbers[at + 1]) for at in (0, 2, 4, 6))
    told = red, green, blue, white
    return told if usable(told) else SRGB_PRIMARIES


def _alike(primaries: Chromaticities) -> bool:
    return all(
        abs(mine - theirs) <= _CLOSE
        for one, other in zip(primaries, SRGB_PRIMARIES, strict=True)
        for mine, theirs in zip(one, other, strict=True)
    )
