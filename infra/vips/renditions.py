"""The renditions of one photo, and its BlurHash: shrunk once from the original, then each from the one above."""

from dataclasses import dataclass

import blurhash
import pyvips

from infra.vips.colours import opaque, to_srgb
from infra.vips.loading import Photo

LONGEST = 1080
_LONG_SIDES = (("full", LONGEST), ("feed", 640), ("thumbnail", 150))
_BLURHASH_SIDE = 32
_TURNED = range(5, 9)
"""The EXIF orientations that swap width and height."""


@dataclass(frozen=True)
class Encoded:
    """One rendition in one format."""

    name: str
    content_type: str
    extension: str
    width: int
    height: int
    content: bytes


@dataclass(frozen=True)
class Renditions:
    """All files of a photo; width and height are those of the upright original."""

    files: list[Encoded]
    width: int
    height: int
    blurhash: str


def render(photo: Photo) -> Renditions:
    """Decodes, turns, converts and encodes. The turning waits until the picture is small."""
    picture = _fitted(opaque(photo.image, photo.light), photo.width, photo.height, LONGEST)
    picture = to_srgb(picture, photo.light).copy_memory()
    turned = picture.get_typeof("orientation") and picture.get("orientation") in _TURNED
    width, height = (photo.height, photo.width) if turned else (photo.width, photo.height)
    picture = picture.autorot()
    files: list[Encoded] = []
    for name, long_side in _LONG_SIDES:
        picture = _fitted(picture, width, height, long_side).copy_memory()
        files += _encoded(name, picture)
    return Renditions(files, width, height, _blurhash(picture))


def _fitted(image: pyvips.Image, width: int, height: int, long_side: int) -> pyvips.Image:
    """Scaled so that a photo of width x height has this long side; never enlarged, never without a pixel."""
    scale = min(1.0, long_side / max(width, height))
    wanted_width, wanted_height = (max(1, round(side * scale)) for side in (width, height))
    if (image.width, image.height) == (wanted_width, wanted_height):
        return image
    return image.resize(wanted_width / image.width, vscale=wanted_height / image.height)


def _encoded(name: str, picture: pyvips.Image) -> list[Encoded]:
    """As JPEG and WebP. `keep="none"` leaves all metadata out; without a profile, readers take sRGB."""
    jpeg = picture.jpegsave_buffer(Q=82, optimize_coding=True, interlace=True, keep="none")
    webp = picture.webpsave_buffer(Q=80, keep="none")
    return [
        Encoded(name, "image/jpeg", "jpg", picture.width, picture.height, jpeg),
        Encoded(name, "image/webp", "webp", picture.width, picture.height, webp),
    ]


def _blurhash(picture: pyvips.Image) -> str:
    """4 x 3 components of a copy so small that the pure Python encoder takes milliseconds."""
    tiny = _fitted(picture, picture.width, picture.height, _BLURHASH_SIDE)
    values = tiny.write_to_memory()
    pixels = [tuple(values[at : at + 3]) for at in range(0, len(values), 3)]
    rows = [pixels[at : at + tiny.width] for at in range(0, len(pixels), tiny.width)]
    return str(blurhash.encode(rows, components_x=4, components_y=3))
