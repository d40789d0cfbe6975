"""What is in the embedded object store's folder: nothing that no key points at, whatever crashes and races do."""

import asyncio
import os
import resource
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from infra.directory.objects import ORPHAN_AGE_MS, DirectoryObjects
from infra.directory.signing import SignedRequest
from infra.http.refusals import PreconditionFailed
from tests.integration.objects.directory_store import KEY, NOON, ORIGIN, PHOTO, RENDITION, DirectoryStore

UPLOAD = SignedRequest("PUT", KEY, "image/jpeg", len(PHOTO), "", NOON)


def aged(path: Path, now: int, age_ms: int) -> Path:
    os.utime(path, ns=((now - age_ms) * 1_000_000,) * 2)
    return path


async def test_bytes_without_a_pointer_are_never_seen_and_swept_when_old(store: DirectoryStore) -> None:
    """What a kill leaves behind between writing bytes and pointing at them."""
    await store.objects.put(RENDITION, PHOTO, "image/webp")
    store.now += 10 * ORPHAN_AGE_MS
    kept = set(store.files())
    for folder in ("blobs", "incoming"):
        (store.folder / folder / "young").write_bytes(PHOTO)
        (store.folder / folder / "old").write_bytes(PHOTO)
        aged(store.folder / folder / "young", store.now, ORPHAN_AGE_MS - 1000)
        aged(store.folder / folder / "old", store.now, ORPHAN_AGE_MS)
    restarted = DirectoryObjects(store.folder, ORIGIN, b"secret", lambda: store.now)
    assert [info.key for info in await restarted.list("")] == [RENDITION]
    assert await restarted.sweep() == 2
    assert set(store.files()) == kept | {store.folder / "blobs/young", store.folder / "incoming/young"}
    assert (await store.client.get(RENDITION)).content == PHOTO


async def test_a_sweep_believes_in_no_orphan_while_a_key_cannot_be_read(store: DirectoryStore) -> None:
    await store.objects.put(RENDITION, PHOTO, "image/webp")
    store.now += 10 * ORPHAN_AGE_MS
    kept = set(store.files())
    (pointer,) = (path for path in kept if path.is_relative_to(store.folder / "keys"))
    pointer.write_bytes(b"{")
    with pytest.raises(ValueError, match="unexpected end"):
        await store.objects.sweep()
    assert set(store.files()) == kept


async def test_what_is_replaced_or_removed_leaves_no_bytes_behind(store: DirectoryStore) -> None:
    for status in (200, 412):
        assert (await store.put(store.presign().url)).status_code == status
        assert len(store.files()) == 2, "a pointer and its blob"
    await store.objects.tombstone(KEY)
    assert len(store.files()) == 1, "the tombstone"
    await store.objects.delete(KEY)
    await store.objects.tombstone(RENDITION)
    assert not await store.objects.put(RENDITION, PHOTO, "image/webp")
    assert len(store.files()) == 1
    await store.objects.delete(RENDITION)
    assert store.files() == []
    assert await store.objects.put(RENDITION, PHOTO, "image/webp")
    await store.objects.delete(RENDITION)
    assert store.files() == []


async def test_whoever_loses_the_race_for_a_key_leaves_no_bytes_behind(store: DirectoryStore) -> None:
    await asyncio.gather(*(store.objects.put(RENDITION, PHOTO, "image/webp") for _ in range(12)))
    assert len(store.files()) == 2


async def test_a_folder_that_cannot_be_read_is_an_error_and_not_an_empty_one(store: DirectoryStore) -> None:
    await store.objects.put(RENDITION, PHOTO, "image/webp")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            await store.objects.list("")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_concurrent_uploads_of_one_key_leave_one_whole_object(store: DirectoryStore, tmp_path: Path) -> None:
    async def chunks(byte: bytes) -> AsyncIterator[bytes]:
        for _ in range(10):
            yield byte * 100

    uploads = (store.objects.receive(UPLOAD, chunks(bytes([65 + number]))) for number in range(8))
    outcomes = await asyncio.gather(*uploads, return_exceptions=True)
    assert sum(isinstance(outcome, PreconditionFailed) for outcome in outcomes) == 7
    await store.objects.download(KEY, tmp_path / "photo")
    assert len(set((tmp_path / "photo").read_bytes())) == 1
    assert len(store.files()) == 2


async def test_one_key_may_be_the_folder_of_another(store: DirectoryStore, tmp_path: Path) -> None:
    for key in (keys := ["a", "a/b", "a/b/c", "x" * 512, "x" * 511 + "y", "b", "x" * 100 + "../b"]):
        assert await store.objects.put(key, key.encode(), "image/webp")
    for key in keys:
        await store.objects.download(key, tmp_path / "object")
        assert (tmp_path / "object").read_bytes() == key.encode()
    assert [info.key for info in await store.objects.list("a/")] == ["a/b", "a/b/c"]
    assert [info.key for info in await store.objects.list("x" * 500)] == ["x" * 512, "x" * 511 + "y"]
