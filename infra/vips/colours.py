"""Makes any photo opaque 8-bit sRGB. Runs in the child, on pictures from loading.py."""

import pyvips

from infra.vips.light import Light, as_srgb

_PROFILE = "icc-profile-data"
_SPACES = {"cmyk": b"CMYK", "b-w": b"GRAY", "grey16": b"GRAY", "srgb": b"RGB ", "rgb16": b"RGB "}


def opaque(image: pyvips.Image, light: Light | None) -> pyvips.Image:
    """On white, in WebP as in JPEG: one post looks the same in every format. Before resizing, so that edges blend."""
    if not image.hasalpha():
        return image
    white = (65535 if image.format == "ushort" else 255) * (light.white if light else 1)
    return image.flatten(background=[white] * (image.bands - 1))


def to_srgb(image: pyvips.Image, light: Light | None) -> pyvips.Image:
    """By what the file says in numbers, or by the embedded profile where it says anything new.

    CMYK without a profile is read as libvips' own press profile.
    """
    if light is not None:
        return as_srgb(image, light)
    if image.interpretation == "cmyk" or _has_another_profile(image):
        fallback = "cmyk" if image.interpretation == "cmyk" else "srgb"
        return image.icc_transform(
            "srgb", embedded=True, input_profile=fallback, intent="relative", black_point_compensation=True, depth=8
        )
    return image.colourspace("srgb")


def full_range(image: pyvips.Image) -> pyvips.Image:
    """Grey levels that go from 16 to 235 of 255, as video has them, from 0 to 255. Transparency always does."""
    highest = 65535 if image.format == "ushort" else 255
    step, black = 255 / 219, -16 / 219 * highest
    colours = image.bands - image.hasalpha()
    alike = image.bands - colours
    return image.linear([step] * colours + [1] * alike, [black] * colours + [0] * alike).cast(image.format)


def has_profile(image: pyvips.Image) -> bool:
    """Whether the file brought an ICC profile."""
    return bool(image.get_typeof(_PROFILE))


def _has_another_profile(image: pyvips.Image) -> bool:
    """Whether there is a profile, for this kind of pixels, that is not called sRGB."""
    if not has_profile(image):
        return False
    profile = image.get(_PROFILE)
    description = _description(profile)
    is_srgb = b"sRGB" in description or "sRGB".encode("utf-16-be") in description
    return profile[16:20] == _SPACES.get(image.interpretation) and not is_srgb


def _description(profile: bytes) -> bytes:
    """The bytes of an ICC profile's `desc` tag: Latin text in version 2, UTF-16 in version 4."""
    tags = int.from_bytes(profile[128:132], "big")
    for at in range(132, min(132 + 12 * tags, len(profile)), 12):
        if profile[at : at + 4] == b"desc":
            offset, size = (int.from_bytes(profile[at + n : at + n + 4], "big") for n in (4, 8))
            return profile[offset : offset + size]
    return b""
