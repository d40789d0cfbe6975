"""Real and hostile files through the whole thread: the sound are published, the others rejected with a reason."""

import uuid
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from infra.local.demo.client import Client, NotPublished
from tests.callers import callers
from tests.hostile import HOSTILE, invalid_exif, write_hostile
from tests.pace import patient
from tests.sample_data import sample

SOUND = [
    "kodak-s1.jpg",
    "iphone6.jpg",
    "iphone-b.heic",
    "photo.avif",
    "photo.webp",
    "landscape-orientation-6.jpg",
]
METADATA = {"exif", "xmp", "icc_profile", "comment"}
WITHIN_S = 60.0


async def status_of(client: Client, photo: Path) -> dict[str, Any]:
    """Where a post made of this file ends."""
    upload = await client.upload_photo(photo)
    with suppress(NotPublished):  # the status says why
        await client.wait_published(upload, patient(WITHIN_S))
    status: dict[str, Any] = await client.get(f"/posts/{upload.post_id}/status")
    return status


@pytest.fixture
async def client(shared_url: str) -> Any:
    async with callers(shared_url) as http:
        account = Client(http)
        await account.sign_up(f"photo{uuid.uuid4().hex}"[:30], "a long password")
        yield account


async def test_sound_photos_are_published_in_three_sizes_and_two_formats_without_metadata(client: Client) -> None:
    for name in SOUND:
        status = await status_of(client, sample(name))
        assert status["status"] == "published", (name, status)
        card = await client.get(f"/posts/{status['post_id']}")
        assert set(card["image_urls"]) == {"thumbnail", "feed", "full"}
        assert sorted(source["content_type"] for source in card["sources"]) == ["image/jpeg"] * 3 + ["image/webp"] * 3
        for source in card["sources"]:
            answer = await client.http.get(source["url"])
            picture = Image.open(BytesIO(answer.content))
            assert (answer.status_code, answer.headers["content-type"]) == (200, source["content_type"])
            assert picture.size == (source["width"], source["height"])
            assert not picture.getexif(), name
            assert not METADATA & picture.info.keys(), name


async def test_hostile_files_are_rejected_with_the_right_reason_and_the_worker_lives_on(
    client: Client, tmp_path: Path
) -> None:
    for name, (_, _, reason) in HOSTILE.items():
        status = await status_of(client, write_hostile(tmp_path, name))
        assert (status["status"], status.get("reason")) == ("rejected", reason), name
    (tmp_path / "sound.jpg").write_bytes(invalid_exif())
    assert (await status_of(client, tmp_path / "sound.jpg"))["status"] == "published"


async def test_a_file_that_is_not_of_its_declared_type_is_rejected(client: Client) -> None:
    content = sample("photo.webp").read_bytes()
    body = {"filename": "photo.jpg", "content_type": "image/jpeg", "size_bytes": len(content)}
    reserved = await client.post("/posts", body)
    await client.http.put(reserved["upload_url"], content=content, headers=reserved["upload_headers"])
    await client.post(f"/posts/{reserved['post_id']}/complete")
    status = {"status": "processing"}
    while status["status"] == "processing":
        status = await client.get(f"/posts/{reserved['post_id']}/status")
    assert status == {"post_id": reserved["post_id"], "status": "rejected", "reason": "type_mismatch"}
