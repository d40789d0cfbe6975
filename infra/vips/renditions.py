"""The renditions of one photo, or of an avatar, and its BlurHash: shrunk once from the original, then each from the
one above."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import blurhash
import pyvips

from infra.vips.colours import opaque, to_srgb
from infra.vips.loading import Photo
from infra.vips.looks import looks_of

LONGEST = 1080
_LONG_SIDES = (("full", LONGEST), ("feed", 640), ("thumbnail", 150))
_SIDES = (("large", 320), ("small", 150))
_BLURHASH_SIDE = 16
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
    look: str
    """Its perceptual hash, and what it has without its border."""


def render(photo: Photo, avif: bool = False) -> Renditions:
    """Decodes, turns, converts and encodes. The turning waits until the picture is small."""
    picture = _fitted(opaque(photo.image, photo.light), photo.width, photo.height, LONGEST)
    picture = to_srgb(picture, photo.light).copy_memory()
    turned = picture.get_typeof("orientation") and picture.get("orientation") in _TURNED
    width, height = (photo.height, photo.width) if turned else (photo.width, photo.height)
    picture = picture.autorot()
    files: list[Encoded] = []
    for name, long_side in _LONG_SIDES:
        picture = _fitted(picture, width, height, long_side).copy_memory()
        files += [*_encoded(name, picture), *([_as_avif(name, picture)] if avif else [])]
    return Renditions(files, width, height, _blurhash(picture), looks_of(picture))


def avatar(photo: Photo) -> Renditions:
    """The square in the middle, whose sides are as layouts expect them: a small photo is enlarged."""
    image = opaque(photo.image, photo.light)
    side = min(image.width, image.height)
    picture = image.crop((image.width - side) // 2, (image.height - side) // 2, side, side)
    picture = to_srgb(_scaled(picture, _SIDES[0][1]), photo.light).copy_memory().autorot()
    files: list[Encoded] = []
    for name, long_side in _SIDES:
        picture = _scaled(picture, long_side).copy_memory()
        files.append(_as_jpeg(name, picture))
    return Renditions(files, _SIDES[0][1], _SIDES[0][1], _blurhash(picture), looks_of(picture))


AS: Mapping[str, Callable[[Photo], Renditions]] = {
    "photo": render,
    "photo_avif": partial(render, avif=True),
    "avatar": avatar,
}
"""What can be made, by its name in processors.ports."""


def _scaled(square: pyvips.Image, side: int) -> pyvips.Image:
    return square if square.width == side else square.resize(side / square.width, vscale=side / square.height)


def _fitted(image: pyvips.Image, width: int, height: int, long_side: int) -> pyvips.Image:
    """Scaled so that a photo of width x height has this long side; never enlarged, never without a pixel."""
    scale = min(1.0, long_side / max(width, height))
    wanted_width, wanted_height = (max(1, round(side * scale)) for side in (width, height))
    if (image.width, image.height) == (wanted_width, wanted_height):
        return image
    return image.resize(wanted_width / image.width, vscale=wanted_height / image.height)


def _encoded(name: str, picture: pyvips.Image) -> list[Encoded]:
    """As JPEG and WebP. `keep="none"` leaves all metadata out; without a profile, readers take sRGB."""
    webp = picture.webpsave_buffer(Q=80, keep="none")
    return [
        _as_jpeg(name, picture),
        Encoded(name, "image/webp", "webp", picture.width, picture.height, webp),
    ]


def _as_jpeg(name: str, picture: pyvips.Image) -> Encoded:
    jpeg = picture.jpegsave_buffer(Q=82, optimize_coding=True, interlace=True, keep="none")
    return Encoded(name, "image/jpeg", "jpg", picture.width, picture.height, jpeg)


def _as_avif(name: str, picture: pyvips.Image) -> Encoded:
    """Takes ten times what the others do, so that it is made where it is asked for alone."""
    avif = picture.heifsave_buffer(Q=60, compression="av1", effort=2, keep="none")
    return Encoded(name, "image/avif", "avif", picture.width, picture.height, avif)


def _blurhash(picture: pyvips.Image) -> str:
    """4 x 3 components of a copy so small that the pure Python encoder takes milliseconds."""
    tiny = _fitted(picture, picture.width, picture.height, _BLURHASH_SIDE)
    values = tiny.write_to_memory()
    pixels = [tuple(values[at : at + 3]) for at in range(0, len(values), 3)]
    rows = [pixels[at : at + tiny.width] for at in range(0, len(pixels), tiny.width)]
    return str(blurhash.encode(rows, components_x=4, components_y=3))
