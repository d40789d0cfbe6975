"""What every object store promises through its port, and to public readers. Uploads: test_object_uploads.py."""

import asyncio
import secrets
from pathlib import Path

import pytest

from commands.ports import ObjectInfo, Objects
from schemas.errors import NotFound
from tests.contract.fixtures_objects import StoreUnderTest

KEY = "uploads/po_00000000001"
RENDITION = "m/po_00000000001/feed-0a1b2c3d.webp"


async def test_put_takes_a_free_key_only(objects: Objects, tmp_path: Path) -> None:
    assert await objects.put(RENDITION, b"first", "image/webp")
    first = await objects.head(RENDITION)
    assert not await objects.put(RENDITION, b"second", "image/png")
    assert await objects.head(RENDITION) == first
    assert (await objects.download(RENDITION, tmp_path / "rendition")).content_type == "image/webp"
    assert (tmp_path / "rendition").read_bytes() == b"first"


async def test_of_concurrent_puts_of_one_key_exactly_one_wins(objects: Objects, tmp_path: Path) -> None:
    bodies = [f"writer {number}".encode() for number in range(12)]
    won = await asyncio.gather(*(objects.put(RENDITION, body, "image/webp") for body in bodies))
    assert won.count(True) == 1
    await objects.download(RENDITION, tmp_path / "rendition")
    assert (tmp_path / "rendition").read_bytes() == bodies[won.index(True)]


async def test_everybody_reads_a_public_object(object_store: StoreUnderTest) -> None:
    url = object_store.objects.public_url(RENDITION)
    assert (await object_store.get(url)).status_code == 404
    await object_store.objects.put(RENDITION, b"pixels", "image/webp")
    answer = await object_store.get(url)
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, b"pixels", "image/webp")


async def test_a_tombstone_is_gone_for_readers_and_taken_for_writers(
    object_store: StoreUnderTest, tmp_path: Path
) -> None:
    objects = object_store.objects
    await objects.put(RENDITION, b"pixels", "image/webp")
    for _ in range(2):
        await objects.tombstone(RENDITION)
        assert (await object_store.get(objects.public_url(RENDITION))).status_code == 410
        info = await objects.head(RENDITION)
        assert info is not None
        assert (info.gone, info.size_bytes) == (True, 0)
        assert not await objects.put(RENDITION, b"pixels", "image/webp")
        with pytest.raises(NotFound):
            await objects.download(RENDITION, tmp_path / "rendition")


async def test_a_tombstone_keeps_a_key_that_was_never_used(objects: Objects) -> None:
    await objects.tombstone(RENDITION)
    assert not await objects.put(RENDITION, b"pixels", "image/webp")


async def test_a_put_never_survives_the_tombstone_that_comes_with_it(objects: Objects) -> None:
    await asyncio.gather(
        *(objects.put(RENDITION, b"pixels", "image/webp") for _ in range(4)), objects.tombstone(RENDITION)
    )
    info = await objects.head(RENDITION)
    assert info is not None
    assert info.gone


async def test_delete_leaves_no_trace(object_store: StoreUnderTest, tmp_path: Path) -> None:
    objects = object_store.objects
    await objects.put(RENDITION, b"pixels", "image/webp")
    for _ in range(2):
        await objects.delete(RENDITION)
        assert await objects.head(RENDITION) is None
        assert await objects.list("") == []
        assert (await object_store.get(objects.public_url(RENDITION))).status_code == 404
        with pytest.raises(NotFound):
            await objects.download(RENDITION, tmp_path / "rendition")
    assert await objects.put(RENDITION, b"pixels", "image/webp")


async def test_delete_takes_a_tombstone_away(objects: Objects) -> None:
    await objects.tombstone(RENDITION)
    await objects.delete(RENDITION)
    assert await objects.put(RENDITION, b"pixels", "image/webp")


async def test_list_finds_every_object_with_a_prefix_in_key_order(objects: Objects) -> None:
    keys = ["m/po_1/feed-a.webp", "m/po_1/Full-a.webp", "m/po_1/full-a.jpg", "m/po_10/feed-a.webp", "m/po_1-x/a-a.webp"]
    for key in [*keys, "uploads/po_1"]:
        await objects.put(key, key.encode(), "image/webp")
    await objects.tombstone("m/po_1/full-a.jpg")

    def named(found: list[ObjectInfo]) -> list[str]:
        return [info.key for info in found]

    assert named(await objects.list("m/po_1/")) == sorted(keys[:3])
    assert named(await objects.list("m/po_1/f")) == ["m/po_1/feed-a.webp", "m/po_1/full-a.jpg"]
    assert named(await objects.list("m/po_1")) == sorted(keys)
    assert named(await objects.list("")) == sorted([*keys, "uploads/po_1"])
    assert await objects.list("m/po_2/") == []
    assert [info.gone for info in await objects.list("m/po_1/full")] == [True]
    assert await objects.list("m/po_10/") == [await objects.head("m/po_10/feed-a.webp")]


async def test_keys_that_differ_in_case_or_punctuation_are_different_objects(objects: Objects, tmp_path: Path) -> None:
    keys = ["a/b", "A/b", "a/B", "a-b", "a.b", ".a/b", "x" * 200 + "/" + "x" * 200, "x" * 200 + "/" + "X" * 200]
    for key in keys:
        assert await objects.put(key, key.encode(), "image/webp")
    for key in keys:
        await objects.download(key, tmp_path / "object")
        assert (tmp_path / "object").read_bytes() == key.encode()


async def test_what_is_not_a_key_is_refused(objects: Objects, tmp_path: Path) -> None:
    for key in ("", "/", "/a", "a/", "a//b", "..", "a/../b", "./a", "a b", "ä", "a\\b", "a\n", "a%2fb", "x" * 513):
        with pytest.raises(ValueError, match="object key"):
            objects.presign_put(key, "image/jpeg", 1, None)
        for attempt in (
            objects.put(key, b"x", "image/jpeg"),
            objects.head(key),
            objects.download(key, tmp_path / "x"),
            objects.delete(key),
            objects.tombstone(key),
        ):
            with pytest.raises(ValueError, match="object key"):
                await attempt
    for prefix in ("../", "a//", "/", "a b", "m/../uploads/"):
        with pytest.raises(ValueError, match="object key"):
            await objects.list(prefix)


async def test_a_private_object_has_no_public_url(objects: Objects) -> None:
    with pytest.raises(ValueError, match="private"):
        objects.public_url(KEY)


async def test_a_copy_is_another_object_that_outlives_its_source(object_store: StoreUnderTest) -> None:
    objects, copy = object_store.objects, "m/po_00000000002/feed-0a1b2c3d.webp"
    await objects.put(RENDITION, b"pixels", "image/webp")
    source = await objects.head(RENDITION)
    assert source is not None
    for _ in range(2):
        assert await objects.copy(RENDITION, copy, source.etag)
    await objects.tombstone(RENDITION)
    answer = await object_store.get(objects.public_url(copy))
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, b"pixels", "image/webp")


async def test_nothing_is_copied_from_what_is_another_object_by_now(objects: Objects) -> None:
    copy = "m/po_00000000002/feed-0a1b2c3d.webp"
    await objects.put(RENDITION, b"pixels", "image/webp")
    source = await objects.head(RENDITION)
    assert source is not None
    await objects.delete(RENDITION)
    assert not await objects.copy(RENDITION, copy, source.etag)
    await objects.put(RENDITION, b"others", "image/webp")
    assert not await objects.copy(RENDITION, copy, source.etag)
    await objects.tombstone(RENDITION)
    assert not await objects.copy(RENDITION, copy, source.etag)
    assert await objects.head(copy) is None


async def test_nothing_is_copied_over_a_tombstone(objects: Objects) -> None:
    copy = "m/po_00000000002/feed-0a1b2c3d.webp"
    await objects.put(RENDITION, b"pixels", "image/webp")
    source = await objects.head(RENDITION)
    assert source is not None
    await objects.tombstone(copy)
    assert not await objects.copy(RENDITION, copy, source.etag)
    info = await objects.head(copy)
    assert info is not None
    assert info.gone


async def test_children_are_what_is_directly_under_a_prefix_once_each_in_order(objects: Objects) -> None:
    """Under prefixes of its own: what an earlier test has left under way may arrive after its end."""
    media, uploads = (f"{kind}/{secrets.token_hex(6)}/" for kind in ("m", "uploads"))
    for key in [
        f"{media}po_1/a-1.jpg",
        f"{media}po_1/b-1.jpg",
        f"{media}po_Z/a-1.jpg",
        f"{media}po_a/a-1.jpg",
        f"{uploads}po_2",
        f"{uploads}ac_1/av_1",
    ]:
        await objects.put(key, b"x", "image/jpeg")
    await objects.tombstone(f"{uploads}po_3")
    posts = [f"{media}{post}/" for post in ("po_1", "po_Z", "po_a")]
    assert await objects.children(media, "", 10) == posts
    assert await objects.children(media, posts[0], 1) == posts[1:2]
    assert await objects.children(media, posts[-1], 10) == []
    assert await objects.children(media, f"{media}po_2", 10) == posts[1:]
    assert await objects.children(uploads, "", 10) == [f"{uploads}{one}" for one in ("ac_1/", "po_2", "po_3")]
    assert await objects.children(f"{uploads}ac_1/", "", 10) == [f"{uploads}ac_1/av_1"]
    assert await objects.children("nothing/", "", 10) == []
