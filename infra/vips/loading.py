"""Opens a photo with the one decoder of its kind, pixels bounded before the first is decoded. Runs in the child."""

import mmap
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pyvips

from infra.vips import heif, jpegs, pngs
from infra.vips.colours import full_range, has_profile
from infra.vips.light import Light, from_code_points
from infra.vips.refusals import Refusal, reason_of
from infra.vips.sniffing import Kind

_ALLOWED = ("VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp", "VipsForeignLoadHeif")
_STRICT = {"access": "sequential", "fail_on": "error"}
_CODECS = {Kind.AVIF: b"av01", Kind.HEIC: b"hvc1"}
_BANDS = {"L": 1, "I": 1, "LA": 2, "RGB": 3, "RGBA": 4, "RGBa": 4}
"""Of what pillow-heif calls the kinds of pixels, without `;16`."""
_PROFILE = "icc-profile-data"
_MISSING = 4096
"""Bytes, made up, in place of what a scan may lack."""


@dataclass(frozen=True)
class Photo:
    """A photo as it is stored: not yet upright. `image` may be smaller than width x height."""

    image: pyvips.Image
    width: int
    height: int
    light: Light | None = None
    """How its colours are to be read; None: as its profile says, or as sRGB."""


def allow_only_our_loaders() -> None:
    """libvips reads dozens of formats; the decoders of all but ours are switched off for this process."""
    pyvips.operation_block_set("VipsForeignLoad", True)
    for loader in _ALLOWED:
        pyvips.operation_block_set(loader, False)
    pyvips.cache_set_max(0)


def load(path: str, kind: Kind, most_pixels: int, wanted: int) -> Photo:
    """The first frame, its long side no smaller than `wanted` unless it was. Half a photo is an error."""
    match kind:
        case Kind.JPEG:
            return _load_jpeg(path, most_pixels, wanted)
        case Kind.PNG:
            with open(path, "rb") as file:
                light = pngs.light_of(file)
            return replace(_bounded(pyvips.Image.pngload(path, **_STRICT), most_pixels), light=light)
        case Kind.WEBP:
            return _bounded(pyvips.Image.webpload(path, **_STRICT), most_pixels)
        case Kind.AVIF | Kind.HEIC:
            return _load_heif(path, kind, most_pixels)


def _load_jpeg(path: str, most_pixels: int, wanted: int) -> Photo:
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        jpegs.refuse_other_kinds(data)
        unended = data[-2:] != jpegs.END and jpegs.lacks_only_its_end(data)
        scans = data[:].rstrip(b"\xff") if unended else b""

    def opened(**shrunk: int) -> pyvips.Image:
        if unended:  # a scan that stops short is a warning once there is an end
            return pyvips.Image.jpegload_buffer(scans + jpegs.END, **{**_STRICT, "fail_on": "warning"}, **shrunk)
        return pyvips.Image.jpegload(path, **_STRICT, **shrunk)

    if unended:
        _refuse_cut_scan(scans, most_pixels)

    photo = _bounded(opened(), most_pixels)
    shrink = _shrink_on_load(photo.width, photo.height, wanted)
    return replace(photo, image=opened(shrink=shrink)) if shrink > 1 else photo


def _refuse_cut_scan(scans: bytes, most_pixels: int) -> None:
    """Raises Refusal if bits are missing in the last rows, whose warnings libvips does not look at.

    Whatever follows a scan that is whole changes no pixel; in one that is cut it is taken for what is missing.
    """
    one, other = (
        pyvips.Image.jpegload_buffer(scans + bits * _MISSING + jpegs.END, **_STRICT) for bits in (b"\x55", b"\xaa")
    )
    _bounded(one, most_pixels)
    if (one - other).abs().max() > 0:
        raise Refusal("corrupt")


def _load_heif(path: str, kind: Kind, most_pixels: int) -> Photo:
    """What libheif does not say, or does not do, is read from the file itself."""
    said = heif.read(Path(path))
    if said.codecs != {_CODECS[kind]}:
        raise Refusal("unsupported")
    if not said.whole:
        raise Refusal("corrupt")
    light = from_code_points(*said.nclx[:2]) if said.nclx else None
    load: Callable[[str, int, Light | None], Photo] = _load_avif if kind is Kind.AVIF else _load_heic
    photo = load(path, most_pixels, light)
    if light is not None and not light.is_hdr and has_profile(photo.image):
        light = None  # a profile says the same more precisely, but nothing of what is brighter than white
    if said.monochrome and said.nclx and not said.nclx[3]:
        photo = replace(photo, image=full_range(photo.image))
    return replace(photo, light=light)


def _load_avif(path: str, most_pixels: int, _light: Light | None) -> Photo:
    return _bounded(pyvips.Image.heifload(path, **_STRICT), most_pixels)


def _load_heic(path: str, most_pixels: int, light: Light | None) -> Photo:
    """libvips' wheel has no HEVC decoder. libheif turns the pixels upright itself: EXIF's orientation does not count.

    The import stands here because only this kind of photo should pay for it.
    """
    import pillow_heif

    pillow_heif.options.DEPTH_IMAGES = False
    pillow_heif.options.AUX_IMAGES = False
    try:
        picture = pillow_heif.open_heif(path, convert_hdr_to_8bit=light is None or not light.is_hdr)
        width, height = picture.size
        _bound(width, height, most_pixels)
        mode, _, deep = picture.mode.partition(";")
        pixels, bands = picture.data, _BANDS[mode]
    except (ValueError, RuntimeError, EOFError) as error:
        raise Refusal(reason_of(str(error))) from error
    image = pyvips.Image.new_from_memory(pixels, width, height, bands, "ushort" if deep else "uchar")
    grey, colour = ("grey16", "rgb16") if deep else ("b-w", "srgb")
    image = image.copy(interpretation=colour if bands >= 3 else grey)
    profile = picture.info.get("icc_profile")
    if profile:
        image.set_type(pyvips.GValue.blob_type, _PROFILE, profile)
    return Photo(image, width, height)


def _bounded(image: pyvips.Image, most_pixels: int) -> Photo:
    _bound(image.width, image.height, most_pixels)
    return Photo(image, image.width, image.height)


def _bound(width: int, height: int, most_pixels: int) -> None:
    if width * height > most_pixels:
        raise Refusal("too_many_pixels")


def _shrink_on_load(width: int, height: int, wanted: int) -> int:
    """A JPEG can be decoded at 1/2, 1/4 or 1/8; twice what is wanted is left for the sharper final step.

    Of a thin photo something must be left too.
    """
    return next((by for by in (8, 4, 2) if max(width, height) >= 2 * wanted * by and min(width, height) >= by), 1)
