"""Three sizes in two formats of everything that phones and browsers upload."""

from pathlib import Path

import blurhash
import pytest
from PIL import Image

from processors.ports import Rendered
from tests.integration.rendering.files import RENDERER
from tests.pace import children_s
from tests.pictures import difference, noise, scene, shown
from tests.sample_data import sample

TWO_EACH = [(name, extension) for name in ("full", "feed", "thumbnail") for extension in ("jpg", "webp")]


async def rendered(path: Path, declared_type: str) -> Rendered:
    outcome = await RENDERER.render(path, declared_type)
    assert isinstance(outcome, Rendered), outcome
    return outcome


def sizes(outcome: Rendered) -> dict[str, tuple[int, int]]:
    """By rendition: what its pixels are, having checked that it says so, in both formats."""
    assert [(file.name, file.extension) for file in outcome.files] == TWO_EACH
    for file in outcome.files:
        picture = shown(outcome, file.name, file.extension)
        assert picture.size == (file.width, file.height)
        assert file.content_type == {"jpg": "image/jpeg", "webp": "image/webp"}[file.extension]
        assert file.content.startswith({"jpg": b"\xff\xd8\xff", "webp": b"RIFF"}[file.extension])
    return {file.name: (file.width, file.height) for file in outcome.files}


@pytest.mark.parametrize(
    ("name", "declared_type", "expected"),
    [
        ("canon-5d.jpg", "image/jpeg", {"full": (720, 1080), "feed": (427, 640), "thumbnail": (100, 150)}),
        ("htc-one-m8.jpg", "image/jpeg", {"full": (1080, 611), "feed": (640, 362), "thumbnail": (150, 85)}),
        ("iphone-b.heic", "image/heif", {"full": (810, 1080), "feed": (480, 640), "thumbnail": (112, 150)}),
        ("photo.avif", "image/avif", {"full": (1080, 720), "feed": (640, 427), "thumbnail": (150, 100)}),
        ("photo.webp", "image/webp", {"full": (1024, 772), "feed": (640, 482), "thumbnail": (150, 113)}),
    ],
)
async def test_the_long_side_is_1080_640_and_150(
    name: str, declared_type: str, expected: dict[str, tuple[int, int]]
) -> None:
    source = sample(name)
    outcome = await rendered(source, declared_type)
    assert sizes(outcome) == expected
    assert (outcome.width, outcome.height) == Image.open(source).size


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1081, 500), {"full": (1080, 500), "feed": (640, 296), "thumbnail": (150, 69)}),
        ((1080, 1080), {"full": (1080, 1080), "feed": (640, 640), "thumbnail": (150, 150)}),
        ((400, 700), {"full": (400, 700), "feed": (366, 640), "thumbnail": (86, 150)}),
        ((200, 100), {"full": (200, 100), "feed": (200, 100), "thumbnail": (150, 75)}),
        ((40, 30), {"full": (40, 30), "feed": (40, 30), "thumbnail": (40, 30)}),
        ((1, 1), {"full": (1, 1), "feed": (1, 1), "thumbnail": (1, 1)}),
        ((5000, 2), {"full": (1080, 1), "feed": (640, 1), "thumbnail": (150, 1)}),
        ((3, 6000), {"full": (1, 1080), "feed": (1, 640), "thumbnail": (1, 150)}),
    ],
)
async def test_a_photo_is_never_enlarged_and_never_without_a_pixel(
    tmp_path: Path, size: tuple[int, int], expected: dict[str, tuple[int, int]]
) -> None:
    scene(*size).save(tmp_path / "photo.png")
    outcome = await rendered(tmp_path / "photo.png", "image/png")
    assert sizes(outcome) == expected
    assert (outcome.width, outcome.height) == size


@pytest.mark.parametrize(("name", "extension"), TWO_EACH)
async def test_every_rendition_shows_the_photo(name: str, extension: str) -> None:
    source = sample("kodak-s1.jpg")
    outcome = await rendered(source, "image/jpeg")
    assert difference(shown(outcome, name, extension), Image.open(source)) < 5


async def test_a_photo_of_12_mb_takes_a_fraction_of_the_five_seconds(tmp_path: Path) -> None:
    source = tmp_path / "large.jpg"
    noise(4000, 3000).save(source, quality=93)
    assert 12_000_000 < source.stat().st_size < 15_000_000
    before = children_s()
    outcome = await rendered(source, "image/jpeg")
    assert children_s() - before < 5
    assert sizes(outcome)["full"] == (1080, 810)


async def test_a_progressive_photo_is_rendered_like_any_other(tmp_path: Path) -> None:
    scene(2400, 1800).save(tmp_path / "photo.jpg", progressive=True, quality=95)
    assert difference(shown(await rendered(tmp_path / "photo.jpg", "image/jpeg"), "full", "jpg"), scene(2400, 1800)) < 2


@pytest.mark.parametrize("kind", ["png", "webp", "avif"])
async def test_only_the_first_frame_of_an_animation_is_rendered(tmp_path: Path, kind: str) -> None:
    first, second = scene(300, 200), Image.new("RGB", (300, 200), "black")
    first.save(tmp_path / "moving", kind, save_all=True, append_images=[second], duration=100, quality=95)
    assert getattr(Image.open(tmp_path / "moving"), "n_frames", 1) == 2
    outcome = await rendered(tmp_path / "moving", f"image/{kind}")
    assert sizes(outcome)["full"] == (300, 200)
    assert difference(shown(outcome, "full", "jpg"), first) < 5


async def test_the_blurhash_is_a_blur_of_the_photo(tmp_path: Path) -> None:
    picture = Image.new("RGB", (800, 600), (220, 20, 20))
    picture.paste((20, 20, 220), (400, 0, 800, 600))
    picture.save(tmp_path / "photo.png")
    outcome = await rendered(tmp_path / "photo.png", "image/png")
    assert blurhash.components(outcome.blurhash) == (4, 3)
    blur = blurhash.decode(outcome.blurhash, 32, 24)
    left, right = blur[12][4], blur[12][27]
    assert left[0] > 150 > 100 > left[2]
    assert right[2] > 150 > 100 > right[0]
