"""A file is what its uploader declared, or it is refused before a decoder sees it."""

from pathlib import Path

import pytest
from PIL import Image

from events.posts import RejectionReason
from processors.ports import Refused, Rendered
from tests.integration.rendering.files import RENDERER
from tests.pictures import scene

KINDS = ["jpeg", "png", "webp", "avif", "heif"]
DECLARED = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "avif": "image/avif", "heif": "image/heic"}


def saved(folder: Path, kind: str) -> Path:
    scene(200, 150).save(folder / "photo", kind)
    return folder / "photo"


def written(folder: Path, content: bytes) -> Path:
    (folder / "photo").write_bytes(content)
    return folder / "photo"


async def assert_refused(source: Path, declared_type: str, reason: RejectionReason) -> None:
    assert await RENDERER.render(source, declared_type) == Refused(reason)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_file_that_is_what_it_was_declared_to_be_is_rendered(tmp_path: Path, kind: str) -> None:
    assert isinstance(await RENDERER.render(saved(tmp_path, kind), DECLARED[kind]), Rendered)


@pytest.mark.parametrize(("kind", "declared"), [(kind, other) for kind in KINDS for other in KINDS if kind != other])
async def test_a_picture_of_another_kind_is_a_mismatch(tmp_path: Path, kind: str, declared: str) -> None:
    await assert_refused(saved(tmp_path, kind), DECLARED[declared], "type_mismatch")


@pytest.mark.parametrize("kind", ["heif", "avif"])
async def test_image_heif_names_the_container_of_both_codecs(tmp_path: Path, kind: str) -> None:
    assert isinstance(await RENDERER.render(saved(tmp_path, kind), "image/heif"), Rendered)


@pytest.mark.parametrize("kind", ["gif", "tiff", "bmp"])
async def test_a_picture_that_we_never_take_is_a_mismatch(tmp_path: Path, kind: str) -> None:
    await assert_refused(saved(tmp_path, kind), "image/jpeg", "type_mismatch")


SVG = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><image href='file:///etc/passwd'/></svg>"
VIDEO = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"


@pytest.mark.parametrize("content", [b"", b"\xff", b"hello", b"%PDF-1.7\n", SVG, VIDEO, b"\x00" * 600])
@pytest.mark.parametrize("declared_type", DECLARED.values())
async def test_what_is_no_picture_is_a_mismatch(tmp_path: Path, content: bytes, declared_type: str) -> None:
    await assert_refused(written(tmp_path, content), declared_type, "type_mismatch")


@pytest.mark.parametrize("declared_type", ["image/gif", "image/svg+xml", "video/mp4", "", "jpeg"])
async def test_a_declared_type_that_we_never_take_is_unsupported(tmp_path: Path, declared_type: str) -> None:
    await assert_refused(saved(tmp_path, "jpeg"), declared_type, "unsupported")


async def test_a_heif_file_with_a_codec_that_we_lack_is_unsupported(tmp_path: Path) -> None:
    head = b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1j2ki"
    await assert_refused(written(tmp_path, head + bytes(100)), "image/heif", "unsupported")


async def test_parameters_and_case_of_a_declared_type_say_nothing(tmp_path: Path) -> None:
    outcome = await RENDERER.render(saved(tmp_path, "jpeg"), "Image/JPEG; charset=binary")
    assert isinstance(outcome, Rendered)


@pytest.mark.parametrize("content", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x00\x00\x00\x00WEBP"])
async def test_a_head_without_a_body_is_corrupt(tmp_path: Path, content: bytes) -> None:
    declared = {b"\xff": "image/jpeg", b"\x89": "image/png", b"R": "image/webp"}[content[:1]]
    await assert_refused(written(tmp_path, content), declared, "corrupt")


async def test_a_picture_just_above_the_limit_is_refused_by_its_header(tmp_path: Path) -> None:
    """Over 128 million black pixels in a file of a few kilobytes."""
    Image.new("1", (12_801, 10_000)).save(tmp_path / "photo.png")
    await assert_refused(tmp_path / "photo.png", "image/png", "too_many_pixels")


@pytest.mark.parametrize("kind", ["heif", "avif"])
async def test_a_heif_header_with_too_many_pixels_is_believed(tmp_path: Path, kind: str) -> None:
    content = bytearray(saved(tmp_path, kind).read_bytes())
    at = content.index(b"ispe") + 8
    content[at : at + 8] = (20_000).to_bytes(4, "big") * 2
    await assert_refused(written(tmp_path, bytes(content)), DECLARED[kind], "too_many_pixels")
