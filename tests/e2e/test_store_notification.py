"""The object store's word does what the client's `complete` does, unless the reservation was a draft."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from infra.local.demo import uploads
from infra.local.demo.client import Client
from tests.callers import callers
from tests.pace import patient
from tests.pictures import scene

WITHIN_S = 30.0


@pytest.fixture
async def client(shared_url: str) -> AsyncIterator[Client]:
    async with callers(shared_url) as http:
        account = Client(http)
        await account.sign_up(f"silent{time.time_ns()}", "a long password")
        yield account


async def put(client: Client, folder: Any, **details: Any) -> str:
    """Reserves, sends, and does not complete."""
    photo = folder / "photo.jpg"
    scene(320, 240).save(photo)
    reservation = await uploads.reserve(client, photo, **details)
    await uploads.send(client.http, photo, reservation)
    return str(reservation["post_id"])


async def test_an_upload_is_published_without_the_client(client: Client, tmp_path: Any) -> None:
    post = await put(client, tmp_path, caption="Sent and forgotten")
    status = await client.wait_published(uploads.Upload(post, f"/posts/{post}/status", 0.0), patient(WITHIN_S))
    assert (status["status"], (await client.get(f"/posts/{post}"))["caption"]) == ("published", "Sent and forgotten")


async def test_a_draft_waits_for_complete_which_brings_the_caption(client: Client, tmp_path: Any) -> None:
    public = await put(client, tmp_path)
    draft = await put(client, tmp_path, draft=True)
    await client.wait_published(uploads.Upload(public, f"/posts/{public}/status", 0.0), patient(WITHIN_S))
    assert (await client.get(f"/posts/{draft}/status"))["status"] == "pending"
    upload = await uploads.complete(client, draft, [], caption="Decided #now")
    await client.wait_published(upload, patient(WITHIN_S))
    card = await client.get(f"/posts/{draft}")
    assert (card["caption"], card["tags"]) == ("Decided #now", ["now"])


async def test_a_caption_that_comes_after_the_stores_word_is_an_edit(client: Client, tmp_path: Any) -> None:
    post = await put(client, tmp_path, caption="First")
    await client.wait_published(uploads.Upload(post, f"/posts/{post}/status", 0.0), patient(WITHIN_S))
    await uploads.complete(client, post, [], caption="Second")
    card = await client.get(f"/posts/{post}")
    assert card["caption"] == "Second"
    assert "edited_at" in card
    assert await client.patch(f"/posts/{post}", {"caption": None, "alt_text": "Rings"}) == {
        "caption": "",
        "alt_text": "Rings",
    }
    card = await client.get(f"/posts/{post}")
    assert (card["caption"], card["alt_text"]) == ("", "Rings")
