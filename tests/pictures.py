"""Pictures that tests make, and what tests look at in renditions. Nothing here goes through our own renderer."""

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pillow_heif
import pyvips
from PIL import Image, ImageCms

from processors.ports import Rendered

Pixels = npt.NDArray[np.float64]

pillow_heif.register_heif_opener()

_TO_STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How an upright picture is turned before it is stored, so that EXIF's orientation turns it back."""


def scene(width: int, height: int) -> Image.Image:
    """Smooth, colourful, and unlike itself in every mirror: gradients, and one bright corner."""
    across, down = np.linspace(0, 1, width)[None, :], np.linspace(0, 1, height)[:, None]
    red, green, blue = 235 * across + 0 * down, 220 * down + 0 * across, 128 + 100 * np.sin(5 * across + 3 * down)
    pixels = np.stack([red, green, blue], axis=-1)
    pixels[: height // 4, : width // 4] = (250, 240, 20)
    return Image.fromarray(pixels.astype(np.uint8), "RGB")


def stored_as(upright: Image.Image, orientation: int) -> Image.Image:
    """The pixels that a camera held in this orientation would have written."""
    return upright if orientation == 1 else upright.transpose(_TO_STORED[orientation])


def exif(orientation: int) -> bytes:
    """An EXIF block with an orientation, a camera, a name and a place."""
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = "Some camera"
    tags[0x013B] = "Somebody's name"
    tags.get_ifd(0x8825).update({1: "N", 2: (48.0, 12.0, 30.0), 3: "E", 4: (11.0, 34.0, 0.0)})
    return tags.tobytes()


def noise(width: int, height: int) -> Image.Image:
    """What no codec can compress."""
    values = np.random.default_rng(7).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values, "RGB")


def deep_png(path: Path, pixels: npt.NDArray[np.uint16]) -> Path:
    """A 16-bit PNG of one band or more, which PIL cannot write."""
    height, width, bands = pixels.shape
    image = pyvips.Image.new_from_memory(pixels.tobytes(), width, height, bands, "ushort")
    image.copy(interpretation="rgb16" if bands > 2 else "grey16").pngsave(str(path), bitdepth=16)
    return path


def profile(name: str) -> bytes:
    """An ICC profile that libvips brings along: `p3` (wide gamut) or `cmyk` (a printing press)."""
    return bytes(pyvips.Image.profile_load(name))


def in_srgb(image: Image.Image, icc: bytes) -> Image.Image:
    """The reference conversion, by PIL and littleCMS: relative colorimetric with black point compensation."""
    converted = ImageCms.profileToProfile(
        image,
        ImageCms.ImageCmsProfile(io.BytesIO(icc)),
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    assert converted is not None
    return converted


def shown(rendered: Rendered, name: str, extension: str) -> Image.Image:
    """One rendition as a browser would show it."""
    content = next(f.content for f in rendered.files if (f.name, f.extension) == (name, extension))
    return Image.open(io.BytesIO(content)).convert("RGB")


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean absolute difference of two pictures, in steps of 255, at the size of the first."""
    alike = other.convert("RGB").resize(one.size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return float(np.abs(_pixels(one.convert("RGB")) - _pixels(alike)).mean())


def _pixels(image: Image.Image) -> Pixels:
    return np.asarray(image, dtype=np.float64)
