"""Colours that a file describes by numbers instead of by a profile, and their way to sRGB. Runs in the child.

Sources: ITU-T H.273 (code points), BT.2100 (PQ and HLG), BT.2408 (203 cd/m2 is white), BT.2390 (how highlights that
are brighter than white are brought below it).
"""

from dataclasses import dataclass
from typing import Literal

import pyvips

from infra.vips.matrices import Matrix, inverse, times, times_vector

Transfer = Literal["srgb", "pq", "hlg"] | float
"""How code values become light: a name, or an exponent."""
Point = tuple[float, float]
Chromaticities = tuple[Point, Point, Point, Point]
"""Red, green, blue and white, as x and y."""

_D65: Point = (0.3127, 0.3290)
SRGB_PRIMARIES: Chromaticities = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), _D65)
_P3: tuple[Point, Point, Point] = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
_NTSC: Chromaticities = ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65)
_PRIMARIES: dict[int, Chromaticities] = {
    4: ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), (0.310, 0.316)),
    5: ((0.64, 0.33), (0.29, 0.60), (0.15, 0.06), _D65),
    6: _NTSC,
    7: _NTSC,
    8: ((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), (0.310, 0.316)),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65),
    10: ((1.0, 0.0), (0.0, 1.0), (0.0, 0.0), (1 / 3, 1 / 3)),
    11: (*_P3, (0.314, 0.351)),
    12: (*_P3, _D65),
    22: ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), _D65),
}
"""Of code points that mean others than sRGB's."""
_TRANSFERS: dict[int, Transfer] = {4: 2.2, 5: 2.8, 8: 1.0, 16: "pq", 17: 2.6, 18: "hlg"}
"""Of code points that mean others than sRGB's. Those of SDR video are shown as sRGB by every browser."""

WHITE = 203.0
"""cd/m2 that are white on an SDR screen."""
_HLG_PEAK, _HLG_WHITE = 1000.0, 0.75
_PQ_PEAK = 10_000.0
_M1, _M2, _C1, _C2, _C3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
_A, _B, _C = 0.17883277, 0.28466892, 0.55991073
_BRADFORD: Matrix = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))


@dataclass(frozen=True)
class Light:
    """How pixels are to be read."""

    primaries: Chromaticities
    transfer: Transfer

    @property
    def is_hdr(self) -> bool:
        """Whether there may be brighter things than white, which needs more than 8 bits to tell."""
        return self.transfer in {"pq", "hlg"}

    @property
    def white(self) -> float:
        """The code value of white; 1 is the highest."""
        return {"pq": _pq_code(WHITE), "hlg": _HLG_WHITE}.get(str(self.transfer), 1.0)


def from_code_points(primaries: int, transfer: int) -> Light | None:
    """What these numbers of H.273 mean; None if they mean sRGB."""
    if primaries not in _PRIMARIES and transfer not in _TRANSFERS:
        return None
    return Light(_PRIMARIES.get(primaries, SRGB_PRIMARIES), _TRANSFERS.get(transfer, "srgb"))


def usable(primaries: Chromaticities) -> bool:
    """Whether these span any colours, around a white."""
    try:
        _to_srgb(primaries)
    except ZeroDivisionError:
        return False
    return True


def as_srgb(image: pyvips.Image, light: Light) -> pyvips.Image:
    """An opaque picture of one or three bands as 8-bit sRGB."""
    codes = image.cast("float") / (65535.0 if image.format == "ushort" else 255.0)
    if codes.bands == 1:
        codes = codes.bandjoin([codes, codes])
    linear = _linear(codes, light).copy_memory()
    if light.is_hdr:
        linear = _below_white(linear)
    linear = linear.recomb([list(row) for row in _to_srgb(light.primaries)]).clamp()
    encoded = (linear <= 0.0031308).ifthenelse(linear * 12.92, linear ** (1 / 2.4) * 1.055 - 0.055)
    return (encoded * 255.0).rint().cast("uchar").copy(interpretation="srgb")


def _linear(codes: pyvips.Image, light: Light) -> pyvips.Image:
    """Light as the screen is to show it; 1 is white."""
    match light.transfer:
        case "srgb":
            return (codes <= 0.04045).ifthenelse(codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)
        case "pq":
            return _pq_light(codes) * (_PQ_PEAK / WHITE)
        case "hlg":
            low, high = codes * codes / 3.0, (((codes - _C) / _A).exp() + _B) / 12.0
            scene = (codes <= 0.5).ifthenelse(low, high)
            weights = _to_xyz(light.primaries)[1]
            return scene * scene.recomb([list(weights)]) ** 0.2 * (_HLG_PEAK / WHITE)
        case exponent:
            return codes ** float(exponent)


def _below_white(linear: pyvips.Image) -> pyvips.Image:
    """Highlights brought below white by BT.2390's curve, hues kept. What has none of them stays as it is."""
    brightest = linear[0].bandrank([linear[1], linear[2]], index=2)
    peak = min(brightest.max(), _PQ_PEAK / WHITE)
    if peak <= 1.0:
        return linear
    top = _pq_code(peak * WHITE)
    white = _pq_code(WHITE) / top
    knee = 1.5 * white - 0.5
    code = (_pq_codes(brightest * (WHITE / _PQ_PEAK)) / top).clamp()
    t = (code - knee) / (1 - knee)
    curve = (t**3 * 2 - t**2 * 3 + 1) * knee + (t**3 - t**2 * 2 + t) * (1 - knee) + (t**2 * 3 - t**3 * 2) * white
    shown = (code < knee).ifthenelse(code, curve)
    gain = _pq_light(shown * top) * (_PQ_PEAK / WHITE) / (brightest > 0).ifthenelse(brightest, 1)
    return linear * gain


def _pq_light(codes: pyvips.Image) -> pyvips.Image:
    """PQ's code values as light; 1 is 10,000 cd/m2."""
    root = codes ** (1 / _M2)
    over = root - _C1
    return ((over > 0).ifthenelse(over, 0) / (_C2 - root * _C3)) ** (1 / _M1)


def _pq_codes(light: pyvips.Image) -> pyvips.Image:
    root = light**_M1
    return ((root * _C2 + _C1) / (root * _C3 + 1)) ** _M2


def _pq_code(candelas: float) -> float:
    root = (candelas / _PQ_PEAK) ** _M1
    return float(((_C1 + _C2 * root) / (1 + _C3 * root)) ** _M2)


def _to_srgb(primaries: Chromaticities) -> Matrix:
    """Linear light of these primaries as linear sRGB, white as white (Bradford)."""
    here, there = (times_vector(_BRADFORD, _xyz(white)) for white in (primaries[3], _D65))
    scaled = tuple(tuple(value * there[row] / here[row] for value in _BRADFORD[row]) for row in range(3))
    adapted = times(inverse(_BRADFORD), scaled)
    return times(inverse(_to_xyz(SRGB_PRIMARIES)), times(adapted, _to_xyz(primaries)))


def _to_xyz(primaries: Chromaticities) -> Matrix:
    """Linear light of these primaries as CIE XYZ; its second row is luminance."""
    colours = map(_xyz_of_point, primaries[:3])
    columns: Matrix = tuple(zip(*colours, strict=True))
    amounts = times_vector(inverse(columns), _xyz(primaries[3]))
    return tuple(tuple(value * amount for value, amount in zip(row, amounts, strict=True)) for row in columns)


def _xyz_of_point(point: Point) -> tuple[float, ...]:
    x, y = point
    return x, y, 1 - x - y


def _xyz(point: Point) -> tuple[float, ...]:
    """Of luminance 1."""
    x, y = point
    return x / y, 1.0, (1 - x - y) / y
