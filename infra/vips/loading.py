"""Opens a photo with the one decoder of its kind, pixels bounded before the first is decoded. Runs in the child."""

from dataclasses import dataclass
from pathlib import Path

import pyvips

from infra.vips.boxes import is_whole
from infra.vips.refusals import Refusal, reason_of
from infra.vips.sniffing import Kind

_LOADERS = {Kind.JPEG: "jpegload", Kind.PNG: "pngload", Kind.WEBP: "webpload", Kind.AVIF: "heifload"}
_ALLOWED = ("VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp", "VipsForeignLoadHeif")


@dataclass(frozen=True)
class Photo:
    """A photo as it is stored: not yet upright. `image` may be smaller than width x height."""

    image: pyvips.Image
    width: int
    height: int


def allow_only_our_loaders() -> None:
    """libvips reads dozens of formats; the decoders of all but ours are switched off for this process."""
    pyvips.operation_block_set("VipsForeignLoad", True)
    for loader in _ALLOWED:
        pyvips.operation_block_set(loader, False)
    pyvips.cache_set_max(0)


def load(path: str, kind: Kind, most_pixels: int, wanted: int) -> Photo:
    """The first frame, its long side no smaller than `wanted` unless it was. Half a photo is an error."""
    if kind is Kind.HEIC:
        return _load_heic(path, most_pixels)
    loader = getattr(pyvips.Image, _LOADERS[kind])
    image = loader(path, access="sequential", fail_on="error")
    width, height = image.width, image.height
    _bound(width, height, most_pixels)
    shrink = _shrink_on_load(max(width, height), wanted)
    if kind is Kind.JPEG and shrink > 1:
        image = loader(path, access="sequential", fail_on="error", shrink=shrink)
    return Photo(image, width, height)


def _load_heic(path: str, most_pixels: int) -> Photo:
    """libvips' wheel has no HEVC decoder. libheif turns the pixels upright itself: EXIF's orientation does not count.

    The import stands here because only this kind of photo should pay for it.
    """
    import pillow_heif

    if not is_whole(Path(path)):
        raise Refusal("corrupt")
    pillow_heif.options.DEPTH_IMAGES = False
    pillow_heif.options.AUX_IMAGES = False
    try:
        heif = pillow_heif.open_heif(path, convert_hdr_to_8bit=True)
        width, height = heif.size
        _bound(width, height, most_pixels)
        pixels, bands = heif.data, len(heif.mode)
    except (ValueError, RuntimeError, EOFError) as error:
        raise Refusal(reason_of(str(error))) from error
    image = pyvips.Image.new_from_memory(pixels, width, height, bands, "uchar")
    image = image.copy(interpretation="srgb" if bands >= 3 else "b-w")
    profile = heif.info.get("icc_profile")
    if profile:
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return Photo(image, width, height)


def _bound(width: int, height: int, most_pixels: int) -> None:
    if width * height > most_pixels:
        raise Refusal("too_many_pixels")


def _shrink_on_load(long_side: int, wanted: int) -> int:
    """A JPEG can be decoded at 1/2, 1/4 or 1/8; twice what is wanted is left for the sharper final step."""
    return next((shrink for shrink in (8, 4, 2) if long_side >= 2 * wanted * shrink), 1)
