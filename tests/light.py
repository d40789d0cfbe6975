"""Pictures whose colours are described by numbers, and what they show in sRGB: the reference, in numpy.

Written from ITU-R BT.2100, BT.2390 and BT.2408 without a look at our own conversion.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from tests.pictures import scene

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.uint16]

SIZE = (96, 64)
HDR = {"pq": 16, "hlg": 18}
"""Transfers, and their numbers in H.273."""
GREY: Codes = np.asarray(np.linspace(0, 65535, SIZE[0] * SIZE[1]).reshape(SIZE[1], SIZE[0]), dtype=np.uint16)
BRIGHTEST = 1000.0
WHITE = 203.0
TO_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
"""Linear BT.709 to linear BT.2020: BT.2087."""
LUMINANCE_2020 = np.array([0.2627, 0.6780, 0.0593])


def srgb_to_linear(values: Floats) -> Floats:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(values: Floats) -> Floats:
    clipped = np.clip(values, 0, 1)
    return np.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * clipped ** (1 / 2.4) - 0.055)


def nits_to_pq(nits: Any) -> Any:
    power = (np.asarray(nits) / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def pq_to_nits(code: Any) -> Any:
    power = np.asarray(code) ** (1 / 78.84375)
    return 10_000 * (np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125)


def nits_to_hlg(nits: Floats) -> Floats:
    """For a screen of BRIGHTEST, whose system gamma is 1.2."""
    shown = nits / BRIGHTEST
    luminance = shown @ LUMINANCE_2020
    light = shown * np.maximum(luminance, 1e-9)[..., None] ** (1 / 1.2 - 1)
    high = 0.17883277 * np.log(np.maximum(12 * light - 0.28466892, 1e-9)) + 0.55991073
    return np.asarray(np.where(light <= 1 / 12, np.sqrt(3 * light), high))


def nits() -> Floats:
    """The light of the scene, in BT.2020, as bright as BRIGHTEST in its brightest colour."""
    light = srgb_to_linear(np.asarray(scene(*SIZE), dtype=np.float64) / 255) @ TO_2020.T
    return np.asarray(light / light.max() * BRIGHTEST)


def codes(transfer: str) -> Codes:
    """The scene's code values, 16 bits deep."""
    encoded = nits_to_pq(nits()) if transfer == "pq" else nits_to_hlg(nits())
    return np.asarray(np.rint(np.clip(encoded, 0, 1) * 65535), dtype=np.uint16)


def reference() -> Image.Image:
    """The scene in sRGB: BT.2390's curve from its own peak to white, on the brightest of red, green and blue."""
    light = nits()
    top = light.max(axis=2)
    source, target = nits_to_pq(top.max()), nits_to_pq(WHITE) / nits_to_pq(top.max())
    knee = 1.5 * target - 0.5
    level = nits_to_pq(top) / source
    t = (level - knee) / (1 - knee)
    bent = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (-2 * t**3 + 3 * t**2) * target
    shown = pq_to_nits(np.where(level < knee, level, bent) * source)
    toned = light * (shown / np.maximum(top, 1e-9))[..., None] / WHITE
    return picture(linear_to_srgb(toned @ np.linalg.inv(TO_2020).T))


def picture(values: Floats) -> Image.Image:
    """An 8-bit picture of values from 0 to 1."""
    return Image.fromarray(np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8), "RGB")
