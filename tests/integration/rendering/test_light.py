"""Colours that a file describes by numbers and not by a profile: a browser shows what was meant.

References: numpy (tests/light.py) and littleCMS. Each test also shows that leaving the conversion out would be noticed.
"""

import struct
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from processors.ports import Rendered
from tests import light
from tests.integration.rendering.files import RENDERER
from tests.pictures import difference, in_srgb, profile, scene, shown
from tests.sample_data import made

CLOSE = 3.0
"""Steps of 255: what compression and chroma subsampling cost."""
BADLY = 6.0
P3 = (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
SRGB = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
SRGB_CHUNK = {b"sRGB": b"\0"}


async def rendered(source: Path, declared_type: str) -> Image.Image:
    outcome = await RENDERER.render(source, declared_type)
    assert isinstance(outcome, Rendered), outcome
    return shown(outcome, "full", "jpg")


def heic(path: Path, image: Image.Image | light.Codes, primaries: int, transfer: int, **more: int) -> Path:
    """A HEIC file of 8 or 10 bits, without subsampling, with these numbers and no profile."""
    if isinstance(image, Image.Image):
        file = pillow_heif.from_bytes(mode=image.mode, size=image.size, data=image.tobytes())
    else:
        mode = "RGB;16" if image.ndim == 3 else "I;16"
        file = pillow_heif.from_bytes(mode=mode, size=(image.shape[1], image.shape[0]), data=image.tobytes())
    told = {"color_primaries": primaries, "transfer_characteristics": transfer, "matrix_coefficients": 1, **more}
    file.save(str(path), quality=-1, chroma=444, **{"full_range_flag": 1, **told})
    return path


def avif(path: Path, image: Image.Image, primaries: int, transfer: int) -> Path:
    """An AVIF file without a profile; Pillow writes sRGB's numbers, which are replaced."""
    image.save(path, "avif", quality=95, subsampling="4:4:4")
    content = path.read_bytes()
    at = content.index(b"nclx") + 4
    path.write_bytes(content[:at] + struct.pack(">HH", primaries, transfer) + content[at + 4 :])
    return path


def png(path: Path, image: Image.Image, chunks: dict[bytes, bytes], **more: bytes) -> Path:
    """A PNG with these chunks before its pixels."""
    info = PngInfo()
    for name, content in chunks.items():
        info.add(name, content)
    image.save(path, "png", pnginfo=info, **more)
    return path


def gamma(value: float) -> bytes:
    return struct.pack(">I", round(value * 100_000))


def chromaticities(*points: float) -> bytes:
    return struct.pack(">8I", *(round(point * 100_000) for point in points))


def linear(image: Image.Image) -> Image.Image:
    """What pixels show that are proportional to light."""
    return light.picture(light.linear_to_srgb(np.asarray(image, dtype=np.float64) / 255))


def in_2020(image: Image.Image) -> Image.Image:
    """What pixels show whose primaries are BT.2020's, with sRGB's curve."""
    values = light.srgb_to_linear(np.asarray(image, dtype=np.float64) / 255)
    return light.picture(light.linear_to_srgb(values @ np.linalg.inv(light.TO_2020).T))


@pytest.mark.parametrize("transfer", light.HDR)
async def test_an_hdr_heic_is_tone_mapped(tmp_path: Path, transfer: str) -> None:
    source = heic(tmp_path / "hdr.heic", light.codes(transfer), 9, light.HDR[transfer], matrix_coefficients=9)
    assert pillow_heif.open_heif(source).info["bit_depth"] == 10
    assert difference(Image.open(source), light.reference()) > BADLY
    assert difference(await rendered(source, "image/heic"), light.reference()) < CLOSE


@pytest.mark.parametrize("transfer", light.HDR)
async def test_an_hdr_avif_is_tone_mapped(transfer: str) -> None:
    source = made(f"{transfer}.avif")
    seen = Image.open(source)
    assert difference(seen, Image.fromarray((light.codes(transfer) >> 8).astype(np.uint8), "RGB")) < 1
    assert difference(seen, light.reference()) > BADLY
    assert difference(await rendered(source, "image/avif"), light.reference()) < CLOSE


async def test_an_hdr_photo_of_nothing_brighter_than_white_is_not_dimmed(tmp_path: Path) -> None:
    values = light.srgb_to_linear(np.asarray(scene(*light.SIZE), dtype=np.float64) / 255) @ light.TO_2020.T
    pixels = np.rint(light.nits_to_pq(values * light.WHITE) * 65535).astype(np.uint16)
    source = heic(tmp_path / "sdr.heic", pixels, 9, 16, matrix_coefficients=9)
    assert difference(await rendered(source, "image/heic"), scene(*light.SIZE)) < CLOSE


@pytest.mark.parametrize("kind", ["heic", "avif"])
@pytest.mark.parametrize(("primaries", "transfer"), [(12, 13), (9, 13), (9, 1), (1, 8)])
async def test_other_primaries_and_transfers_without_a_profile_are_converted(
    tmp_path: Path, kind: str, primaries: int, transfer: int
) -> None:
    photo = scene(*light.SIZE)
    expected = {12: in_srgb(photo, profile("p3")), 9: in_2020(photo), 1: linear(photo)}[primaries]
    source = (heic if kind == "heic" else avif)(tmp_path / "photo", photo, primaries, transfer)
    assert difference(expected, photo) > 1.5 * CLOSE
    assert difference(await rendered(source, f"image/{kind}"), expected) < CLOSE


@pytest.mark.parametrize("transfer", [1, 2, 6, 13, 14, 15])
async def test_what_video_calls_sdr_is_shown_as_srgb(tmp_path: Path, transfer: int) -> None:
    source = heic(tmp_path / "photo.heic", scene(*light.SIZE), 1, transfer)
    assert difference(await rendered(source, "image/heic"), scene(*light.SIZE)) < CLOSE


async def test_a_profile_says_more_than_numbers(tmp_path: Path) -> None:
    photo = scene(*light.SIZE)
    photo.save(tmp_path / "photo.avif", quality=95, subsampling="4:4:4", icc_profile=profile("p3"))
    expected = in_srgb(photo, profile("p3"))
    assert difference(await rendered(tmp_path / "photo.avif", "image/avif"), expected) < CLOSE


@pytest.mark.parametrize("depth", ["8", "10"])
async def test_a_grey_avif_of_limited_range_is_not_washed_out(depth: str) -> None:
    source = made(f"grey-limited-{depth}.avif")
    expected = Image.fromarray((light.GREY >> 8).astype(np.uint8))
    assert difference(await rendered(source, "image/avif"), expected) < 1.5
    assert difference(Image.open(source), expected) < 1.5, "as another decoder has it"


async def test_a_grey_heic_of_limited_range_is_not_washed_out(tmp_path: Path) -> None:
    """libheif says how a grey picture's range is to be read, but writes and reads its levels as they are."""
    grey = (light.GREY >> 8).astype(np.uint8)
    levels = Image.fromarray(np.rint(16 + grey * (219 / 255)).astype(np.uint8))
    source = heic(tmp_path / "grey.heic", levels, 1, 13, full_range_flag=0)
    assert difference(await rendered(source, "image/heic"), Image.fromarray(grey)) < 1.5


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ({b"gAMA": gamma(1.0)}, linear),
        ({b"gAMA": gamma(1.0), b"cHRM": chromaticities(*SRGB)}, linear),
        ({b"gAMA": gamma(1 / 2.2), b"cHRM": chromaticities(*P3)}, lambda image: in_srgb(image, profile("p3"))),
        ({b"cHRM": chromaticities(*P3)}, lambda image: in_srgb(image, profile("p3"))),
        ({b"cICP": bytes([12, 13, 0, 1])}, lambda image: in_srgb(image, profile("p3"))),
        ({b"cICP": bytes([1, 8, 0, 1]), **SRGB_CHUNK, b"gAMA": gamma(0.3)}, linear),
    ],
    ids=["gamma", "gamma and sRGB's primaries", "gamma and P3", "P3", "cICP", "cICP before all others"],
)
async def test_a_png_s_numbers_are_applied(tmp_path: Path, chunks: dict[bytes, bytes], expected: object) -> None:
    photo = scene(*light.SIZE)
    meant = expected(photo)  # type: ignore[operator]
    assert difference(meant, photo) > 1.5 * CLOSE
    assert difference(await rendered(png(tmp_path / "photo.png", photo, chunks), "image/png"), meant) < CLOSE


@pytest.mark.parametrize(
    "chunks",
    [
        {**SRGB_CHUNK, b"gAMA": gamma(1.0), b"cHRM": chromaticities(*P3)},
        {b"gAMA": gamma(1 / 2.2), b"cHRM": chromaticities(*SRGB)},
        {b"gAMA": gamma(0)},
        {b"cHRM": bytes(32)},
        {b"cHRM": chromaticities(*([0.3] * 8))},
        {b"cICP": bytes([1, 13, 0, 1]), b"gAMA": gamma(1.0)},
    ],
    ids=["sRGB before gAMA and cHRM", "sRGB in numbers", "no gamma", "no colours", "one colour", "cICP of sRGB"],
)
async def test_a_png_that_is_srgb_or_says_nonsense_stays_as_it_is(tmp_path: Path, chunks: dict[bytes, bytes]) -> None:
    photo = scene(*light.SIZE)
    assert difference(await rendered(png(tmp_path / "photo.png", photo, chunks), "image/png"), photo) < CLOSE


async def test_a_png_s_profile_comes_before_its_gamma(tmp_path: Path) -> None:
    photo = scene(*light.SIZE)
    source = png(tmp_path / "photo.png", photo, {b"gAMA": gamma(1.0)}, icc_profile=profile("p3"))
    assert difference(await rendered(source, "image/png"), in_srgb(photo, profile("p3"))) < CLOSE


async def test_the_gamma_of_a_grey_and_of_a_transparent_png_is_applied(tmp_path: Path) -> None:
    grey = scene(*light.SIZE).convert("L")
    source = png(tmp_path / "grey.png", grey, {b"gAMA": gamma(1.0)})
    assert difference(await rendered(source, "image/png"), linear(grey.convert("RGB"))) < CLOSE
    clear = scene(*light.SIZE).convert("RGBA")
    clear.putalpha(0)
    source = png(tmp_path / "clear.png", clear, {b"gAMA": gamma(1.0)})
    assert difference(await rendered(source, "image/png"), Image.new("RGB", light.SIZE, "white")) < CLOSE


async def test_a_transparent_hdr_photo_lies_on_white_and_is_not_dimmed_by_it(tmp_path: Path) -> None:
    values = light.srgb_to_linear(np.asarray(scene(*light.SIZE), dtype=np.float64) / 255) @ light.TO_2020.T
    pixels = np.rint(light.nits_to_pq(values * light.WHITE) * 255).astype(np.uint8)
    photo = Image.fromarray(pixels, "RGB").convert("RGBA")
    photo.paste((0, 0, 0, 0), (0, 0, 48, 64))
    source = png(tmp_path / "hdr.png", photo, {b"cICP": bytes([9, 16, 0, 1])})
    expected = scene(*light.SIZE)
    expected.paste("white", (0, 0, 48, 64))
    assert difference(await rendered(source, "image/png"), expected) < CLOSE


def test_both_references_agree_on_white() -> None:
    """BT.2408: 203 cd/m2 are 58 % of PQ and 75 % of HLG."""
    assert light.nits_to_pq(light.WHITE) == pytest.approx(0.58, abs=5e-3)
    assert light.nits_to_hlg(np.full((1, 1, 3), light.WHITE))[0, 0, 0] == pytest.approx(0.75, abs=5e-3)
