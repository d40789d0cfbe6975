"""Every photo stands upright, however the camera was held."""

from pathlib import Path

import pytest
from PIL import Image, ImageOps

from processors.ports import Rendered
from tests.integration.rendering.files import RENDERER
from tests.pictures import difference, exif, scene, shown, stored_as
from tests.sample_data import sample

ORIENTATIONS = range(1, 9)
UPRIGHT = (360, 480)


async def rendered(path: Path, declared_type: str) -> Rendered:
    outcome = await RENDERER.render(path, declared_type)
    assert isinstance(outcome, Rendered), outcome
    return outcome


def assert_shows(outcome: Rendered, upright: Image.Image) -> None:
    for extension in ("jpg", "webp"):
        for name in ("full", "feed", "thumbnail"):
            picture = shown(outcome, name, extension)
            assert (picture.width > picture.height) == (upright.width > upright.height)
            assert difference(picture, upright) < 6, f"{name}.{extension} does not show the upright picture"


@pytest.mark.parametrize("orientation", ORIENTATIONS)
async def test_a_landscape_photo_stands_upright(orientation: int) -> None:
    source = sample(f"landscape-orientation-{orientation}.jpg")
    outcome = await rendered(source, "image/jpeg")
    assert (outcome.width, outcome.height) == (600, 400)
    assert_shows(outcome, ImageOps.exif_transpose(Image.open(source)))
    assert_shows(outcome, Image.open(sample("landscape-orientation-1.jpg")))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif", "heif"])
async def test_a_portrait_photo_stands_upright(tmp_path: Path, orientation: int, kind: str) -> None:
    upright = scene(*UPRIGHT)
    source = tmp_path / "portrait"
    stored_as(upright, orientation).save(source, kind, exif=exif(orientation), quality=95)
    outcome = await rendered(source, f"image/{kind}")
    assert (outcome.width, outcome.height) == UPRIGHT
    assert_shows(outcome, upright)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
async def test_a_large_portrait_that_is_shrunk_while_it_is_decoded_stands_upright(
    tmp_path: Path, orientation: int
) -> None:
    upright = scene(1000, 4400)
    source = tmp_path / "portrait.jpg"
    stored_as(upright, orientation).save(source, exif=exif(orientation), quality=90)
    outcome = await rendered(source, "image/jpeg")
    assert (outcome.width, outcome.height) == (1000, 4400)
    assert_shows(outcome, upright)


async def test_a_heic_photo_is_turned_once_and_not_twice() -> None:
    outcome = await rendered(sample("iphone-b.heic"), "image/heic")
    assert (outcome.width, outcome.height) == (3024, 4032)


async def test_an_orientation_that_does_not_exist_turns_nothing(tmp_path: Path) -> None:
    upright = scene(*UPRIGHT)
    upright.save(tmp_path / "odd.jpg", exif=exif(9), quality=95)
    assert_shows(await rendered(tmp_path / "odd.jpg", "image/jpeg"), upright)
