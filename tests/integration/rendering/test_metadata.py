"""Nothing that a camera or a program wrote beside the pixels reaches a rendition: the place above all."""

from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from infra.local.demo.photos import PHOTOS
from processors.ports import Rendered, RenderedFile
from tests.hostile import invalid_exif
from tests.integration.rendering.files import RENDERER
from tests.pictures import exif, profile, scene
from tests.sample_data import media_type, sample

GPS = 0x8825
SECRETS = (b"Some camera", b"Somebody's name", b"A secret", b"Exif", b"adobe.com", b"Photoshop", b"acsp")
JPEG_PICTURE_MARKERS = {0xC0, 0xC2, 0xC4, 0xDA, 0xDB, 0xDD, 0xE0}
"""Frame, Huffman and quantisation tables, scan, restart interval, and the JFIF header. No APP1 to APP15, no comment."""
DEMO_PHOTOS = sorted(photo for photo in PHOTOS.iterdir() if photo.is_file() and photo.suffix not in {".md", ".py"})
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>A secret</x:xmpmeta>"


def jpeg_markers(content: bytes) -> set[int]:
    """The markers of a JPEG's segments up to its pixels; those between scans cannot carry text."""
    markers, at = set(), 2
    while content[at + 1] != 0xDA:
        markers.add(content[at + 1])
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return markers


def webp_chunks(content: bytes) -> set[bytes]:
    chunks, at = set(), 12
    while at < len(content):
        chunks.add(content[at : at + 4])
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
    return chunks


def assert_bare(file: RenderedFile) -> None:
    assert not [secret for secret in SECRETS if secret in file.content]
    if file.extension == "webp":
        assert webp_chunks(file.content) == {b"VP8 "}
    else:
        assert jpeg_markers(file.content) <= JPEG_PICTURE_MARKERS


async def assert_rendered_bare(source: Path, declared_type: str) -> None:
    outcome = await RENDERER.render(source, declared_type)
    assert isinstance(outcome, Rendered), outcome
    assert len(outcome.files) == 6
    for file in outcome.files:
        assert_bare(file)


@pytest.mark.parametrize("name", ["iphone5.jpg", "iphone6.jpg", "lumia-800.jpg", "photo.avif"])
async def test_a_place_is_gone_from_every_rendition(name: str) -> None:
    source = sample(name)
    assert Image.open(source).getexif().get_ifd(GPS), "the original says nothing that could leak"
    await assert_rendered_bare(source, media_type(name))


@pytest.mark.parametrize("name", ["canon-5d.jpg", "dimage-a1.jpg", "htc-one-m8.jpg", "kodak-s1.jpg", "iphone-b.heic"])
async def test_what_a_camera_wrote_is_gone_from_every_rendition(name: str) -> None:
    source = sample(name)
    assert Image.open(source).info.keys() & {"exif", "icc_profile", "xmp", "photoshop", "comment"}
    await assert_rendered_bare(source, media_type(name))


@pytest.mark.parametrize("kind", ["jpeg", "webp", "avif", "heif"])
async def test_place_name_profile_and_xmp_are_gone_from_every_rendition(tmp_path: Path, kind: str) -> None:
    source = tmp_path / "photo"
    scene(1600, 1200).save(source, kind, exif=exif(1), xmp=XMP, icc_profile=profile("p3"), comment=b"A secret")
    original = Image.open(source)
    assert original.getexif().get_ifd(GPS)
    assert original.info.keys() >= {"exif", "xmp", "icc_profile"}
    await assert_rendered_bare(source, f"image/{kind}")


async def test_the_texts_of_a_png_are_gone_from_every_rendition(tmp_path: Path) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", "A secret")
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
    scene(400, 300).save(tmp_path / "photo.png", pnginfo=texts, exif=exif(1), icc_profile=profile("p3"))
    assert b"A secret" in (tmp_path / "photo.png").read_bytes()
    await assert_rendered_bare(tmp_path / "photo.png", "image/png")


@pytest.mark.parametrize("photo", DEMO_PHOTOS, ids=lambda photo: photo.name)
async def test_a_demo_photo_is_rendered_without_metadata(photo: Path) -> None:
    await assert_rendered_bare(photo, media_type(photo.name))


async def test_a_sound_photo_with_broken_metadata_is_published_without_it(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(invalid_exif())
    await assert_rendered_bare(tmp_path / "photo.jpg", "image/jpeg")
