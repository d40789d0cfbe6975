"""What a photo looks like stays so when it is changed as people change photos, and unlike photos look unlike."""

import io
from itertools import combinations
from pathlib import Path

import pyvips
from PIL import Image, ImageOps

from infra.vips.looks import looks_of

NEAR = 8
"""The default of PHOTOLOG_BLOCKLIST_DISTANCE."""
PHOTOS = sorted(Path("tests/data/photos").glob("*.jpg"))
UNLIKE = [path for path in PHOTOS if "orientation" not in path.name]


def bits(one: str, other: str) -> int:
    """In how many bits two looks differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def look(content: bytes) -> str:
    """As the pipeline sees it: of the upright photo, made small."""
    return looks_of(pyvips.Image.thumbnail_buffer(content, 150).copy_memory())


def changed(photo: Image.Image) -> bytes:
    """Half as large, with a border of 2 %, and encoded at quality 40."""
    half = photo.resize((photo.width // 2, photo.height // 2))
    framed = ImageOps.expand(half, border=max(1, round(max(half.size) * 0.02)), fill="white")
    file = io.BytesIO()
    framed.save(file, "JPEG", quality=40)
    return file.getvalue()


def test_a_photo_that_was_halved_framed_and_encoded_anew_is_caught() -> None:
    for path in UNLIKE:
        photo = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
        listed = look(path.read_bytes()).split()[0]
        assert min(bits(listed, one) for one in look(changed(photo)).split()) <= NEAR, path.name


def test_unlike_photos_are_not() -> None:
    looks = [look(path.read_bytes()).split()[0] for path in UNLIKE]
    assert min(bits(one, other) for one, other in combinations(looks, 2)) > NEAR
