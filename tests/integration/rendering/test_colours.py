"""Whatever a file's colours are kept as, a browser without colour management shows what was meant.

References come from PIL and littleCMS; each test also shows that leaving the conversion out would be noticed.
"""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from processors.ports import Rendered
from tests.integration.rendering.files import RENDERER
from tests.pictures import deep_png, difference, in_srgb, profile, scene, shown
from tests.sample_data import sample

CLOSE = 1.5
"""Steps of 255, at a size where only colour is left of a picture: what compression costs."""


def colour_difference(one: Image.Image, other: Image.Image) -> float:
    return difference(*(picture.convert("RGB").resize((64, 64), Image.Resampling.BOX) for picture in (one, other)))


async def assert_shows(source: Path, declared_type: str, reference: Image.Image) -> None:
    outcome = await RENDERER.render(source, declared_type)
    assert isinstance(outcome, Rendered), outcome
    for extension in ("jpg", "webp"):
        assert colour_difference(shown(outcome, "full", extension), reference) < CLOSE


async def test_a_cmyk_jpeg_is_converted_by_its_profile(tmp_path: Path) -> None:
    inks = scene(1400, 1000).convert("CMYK")
    inks.save(tmp_path / "press.jpg", quality=95, icc_profile=profile("cmyk"))
    written = Image.open(tmp_path / "press.jpg")
    assert written.mode == "CMYK"
    reference = in_srgb(written, profile("cmyk"))
    assert colour_difference(reference, written.convert("RGB")) > 4 * CLOSE
    await assert_shows(tmp_path / "press.jpg", "image/jpeg", reference)


async def test_a_cmyk_jpeg_without_a_profile_is_read_as_a_press_would(tmp_path: Path) -> None:
    scene(1400, 1000).convert("CMYK").save(tmp_path / "press.jpg", quality=95)
    reference = in_srgb(Image.open(tmp_path / "press.jpg"), profile("cmyk"))
    await assert_shows(tmp_path / "press.jpg", "image/jpeg", reference)


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif", "heif"])
async def test_a_wide_gamut_photo_is_converted_by_its_profile(tmp_path: Path, kind: str) -> None:
    wide = scene(600, 450)
    wide.save(tmp_path / "wide", kind, quality=95, icc_profile=profile("p3"))
    reference = in_srgb(wide, profile("p3"))
    assert colour_difference(reference, wide) > 2 * CLOSE
    await assert_shows(tmp_path / "wide", f"image/{kind}", reference)


async def test_an_iphone_s_wide_gamut_photo_is_converted_by_its_profile() -> None:
    source = sample("iphone-b.heic")
    original = Image.open(source)
    reference = in_srgb(original.convert("RGB"), original.info["icc_profile"])
    assert colour_difference(reference, original) > 2 * CLOSE
    await assert_shows(source, "image/heic", reference)


async def test_an_srgb_photo_keeps_its_colours() -> None:
    source = sample("kodak-s1.jpg")
    assert "icc_profile" in Image.open(source).info
    await assert_shows(source, "image/jpeg", Image.open(source))


@pytest.mark.parametrize("broken", [b"no profile at all" * 20, b"\xff" * 4000])
async def test_a_broken_profile_does_not_break_a_sound_photo(tmp_path: Path, broken: bytes) -> None:
    scene(800, 600).save(tmp_path / "photo.jpg", quality=95, icc_profile=broken)
    await assert_shows(tmp_path / "photo.jpg", "image/jpeg", scene(800, 600))


async def test_a_profile_for_other_pixels_is_ignored(tmp_path: Path) -> None:
    scene(800, 600).save(tmp_path / "photo.jpg", quality=95, icc_profile=profile("cmyk"))
    await assert_shows(tmp_path / "photo.jpg", "image/jpeg", scene(800, 600))


async def test_a_16_bit_png_becomes_8_bit_without_losing_tones(tmp_path: Path) -> None:
    deep = np.asarray(scene(1300, 900), dtype=np.uint16) * 257 // 3
    source = deep_png(tmp_path / "deep.png", deep)
    await assert_shows(source, "image/png", Image.fromarray((deep // 257).astype(np.uint8), "RGB"))


async def test_a_transparent_16_bit_png_is_flattened_on_white(tmp_path: Path) -> None:
    deep = np.asarray(scene(700, 500), dtype=np.uint16) * 257
    alpha = np.full((500, 700, 1), 65535 // 4, dtype=np.uint16)
    source = deep_png(tmp_path / "deep.png", np.concatenate([deep, alpha], axis=2))
    reference = Image.blend(Image.new("RGB", (700, 500), "white"), scene(700, 500), 0.25)
    await assert_shows(source, "image/png", reference)


async def test_a_16_bit_grey_png_becomes_8_bit(tmp_path: Path) -> None:
    grey = np.asarray(scene(700, 500).convert("L"), dtype=np.uint16)
    Image.fromarray(grey * 257).save(tmp_path / "grey.png")
    assert Image.open(tmp_path / "grey.png").mode.startswith("I")
    await assert_shows(tmp_path / "grey.png", "image/png", Image.fromarray(grey.astype(np.uint8)))


@pytest.mark.parametrize("kind", ["png", "webp", "avif", "heif"])
async def test_a_transparent_photo_is_flattened_on_white(tmp_path: Path, kind: str) -> None:
    picture = scene(900, 700).convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize((900, 700)))
    picture.save(tmp_path / "glass", kind, quality=95)
    on_white = Image.alpha_composite(Image.new("RGBA", (900, 700), "white"), picture).convert("RGB")
    await assert_shows(tmp_path / "glass", f"image/{kind}", on_white)


async def test_a_palette_png_with_a_transparent_colour_is_flattened_on_white(tmp_path: Path) -> None:
    picture = Image.new("P", (300, 200), 1)
    picture.putpalette([0, 0, 0, 200, 30, 60])
    picture.paste(0, (0, 0, 150, 200))
    picture.save(tmp_path / "icon.png", transparency=0)
    reference = Image.new("RGB", (300, 200), (200, 30, 60))
    reference.paste((255, 255, 255), (0, 0, 150, 200))
    await assert_shows(tmp_path / "icon.png", "image/png", reference)


@pytest.mark.parametrize("kind", ["jpeg", "png"])
async def test_a_grey_photo_stays_grey(tmp_path: Path, kind: str) -> None:
    grey = scene(800, 600).convert("L")
    grey.save(tmp_path / "grey", kind)
    await assert_shows(tmp_path / "grey", f"image/{kind}", grey)
