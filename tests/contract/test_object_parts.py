"""What every object store promises of uploads that come in parts."""

from contextlib import suppress
from pathlib import Path

import pytest

from commands.ports import Objects, Part
from schemas.errors import NotFound
from tests.contract.fixtures_objects import StoreUnderTest, wall_clock

KEY, OTHER = "uploads/po_00000000001", "uploads/po_000000000010"
MIB = 1024 * 1024
FIRST, SECOND = b"1" * 5 * MIB, b"second"
MINUTE_MS = 60_000


async def sent(store: StoreUnderTest, upload_id: str, number: int, body: bytes) -> str:
    """The tag of a part that was sent."""
    answer = await store.put(store.objects.parts.presign(KEY, upload_id, number, len(body)), body)
    assert answer.status_code == 200, answer.text
    return answer.headers["ETag"].strip('"')


async def begun(objects: Objects, key: str = KEY) -> str:
    return await objects.parts.begin(key, "image/jpeg")


async def test_parts_in_any_order_are_joined_to_one_object(object_store: StoreUnderTest, tmp_path: Path) -> None:
    objects, upload_id = object_store.objects, await begun(object_store.objects)
    assert await objects.parts.received(KEY, upload_id) == []
    second = Part(2, len(SECOND), await sent(object_store, upload_id, 2, SECOND))
    assert await objects.parts.received(KEY, upload_id) == [second]
    first = Part(1, len(FIRST), await sent(object_store, upload_id, 1, FIRST))
    assert await objects.parts.received(KEY, upload_id) == [first, second]
    assert await objects.head(KEY) is None
    assert await objects.parts.join(KEY, upload_id, [first, second])
    info = await objects.head(KEY)
    assert info is not None
    assert (info.size_bytes, info.content_type) == (len(FIRST) + len(SECOND), "image/jpeg")
    await objects.download(KEY, tmp_path / "photo")
    assert (tmp_path / "photo").read_bytes() == FIRST + SECOND


async def test_an_upload_that_was_joined_is_over(object_store: StoreUnderTest) -> None:
    objects, upload_id = object_store.objects, await begun(object_store.objects)
    part = Part(1, len(SECOND), await sent(object_store, upload_id, 1, SECOND))
    late = objects.parts.presign(KEY, upload_id, 1, len(SECOND))
    assert await objects.parts.join(KEY, upload_id, [part])
    stored = await objects.head(KEY)
    with suppress(NotFound):
        assert await objects.parts.join(KEY, upload_id, [part]), "neither over nor a repeat"
    with pytest.raises(NotFound):
        await objects.parts.received(KEY, upload_id)
    assert (await object_store.put(late, SECOND)).status_code == 404
    assert await objects.head(KEY) == stored


async def test_a_part_that_is_sent_again_replaces_itself(object_store: StoreUnderTest, tmp_path: Path) -> None:
    objects, upload_id = object_store.objects, await begun(object_store.objects)
    before = Part(1, len(SECOND), await sent(object_store, upload_id, 1, SECOND))
    now = Part(1, len(SECOND), await sent(object_store, upload_id, 1, SECOND[::-1]))
    assert await objects.parts.received(KEY, upload_id) == [now]
    assert not await objects.parts.join(KEY, upload_id, [before])
    assert await objects.head(KEY) is None
    assert await objects.parts.join(KEY, upload_id, [now])
    await objects.download(KEY, tmp_path / "photo")
    assert (tmp_path / "photo").read_bytes() == SECOND[::-1]


async def test_what_is_not_there_is_not_joined(object_store: StoreUnderTest) -> None:
    objects, upload_id = object_store.objects, await begun(object_store.objects)
    first = Part(1, len(FIRST), await sent(object_store, upload_id, 1, FIRST))
    assert not await objects.parts.join(KEY, upload_id, [first, Part(2, len(SECOND), first.etag)])
    assert (await objects.head(KEY), await objects.parts.received(KEY, upload_id)) == (None, [first])


async def test_a_url_is_good_for_its_own_part_alone(object_store: StoreUnderTest) -> None:
    objects, upload_id = object_store.objects, await begun(object_store.objects)
    presigned = objects.parts.presign(KEY, upload_id, 1, len(SECOND))
    another = await begun(objects)
    for old, new in (
        ("partNumber=1", "partNumber=2"),
        (upload_id, another),
        (KEY, OTHER),
        (f"uploadId={upload_id}", ""),
        ("partNumber=1", ""),
    ):
        answer = await object_store.put(presigned, SECOND, url=presigned.url.replace(old, new))
        assert 400 <= answer.status_code < 500, (old, new)
    for body in (SECOND + b"x", SECOND[:-1], b""):
        assert (await object_store.put(presigned, body)).status_code == 403
    smuggled = {"x-amz-copy-source": f"/bucket/{OTHER}"}
    assert 400 <= (await object_store.put(presigned, SECOND, headers=smuggled)).status_code < 500 or (
        (await objects.parts.received(KEY, upload_id))[0].size_bytes == len(SECOND)  # a header that means nothing here
    )
    for method in ("GET", "POST", "DELETE"):
        assert (await object_store.put(presigned, SECOND, method=method)).status_code in {400, 403, 405}
    assert await objects.parts.received(KEY, another) == []
    assert await objects.head(KEY) is None


async def test_an_expired_url_of_a_part_is_refused(object_store: StoreUnderTest) -> None:
    upload_id = await begun(object_store.objects)
    expired = object_store.earlier.parts.presign(KEY, upload_id, 1, len(SECOND))
    assert (await object_store.put(expired, SECOND)).status_code == 403


async def test_what_is_abandoned_is_that_keys_and_no_others(object_store: StoreUnderTest) -> None:
    objects = object_store.objects
    mine, further, others = await begun(objects), await begun(objects), await begun(objects, OTHER)
    await sent(object_store, mine, 1, SECOND)
    await objects.parts.abandon(KEY, but=mine)
    assert len(await objects.parts.received(KEY, mine)) == 1
    await objects.parts.abandon(KEY)
    await objects.parts.abandon(KEY)
    for upload_id in (mine, further):
        with pytest.raises(NotFound):
            await objects.parts.received(KEY, upload_id)
    assert await objects.parts.received(OTHER, others) == []
    assert (await object_store.put(objects.parts.presign(KEY, mine, 1, len(SECOND)), SECOND)).status_code == 404
    await objects.parts.abandon(OTHER)


async def test_what_began_before_a_time_expires(object_store: StoreUnderTest) -> None:
    objects, upload_id = object_store.objects, await begun(object_store.objects)
    assert await objects.parts.expire(wall_clock() - MINUTE_MS) == 0
    assert await objects.parts.received(KEY, upload_id) == []
    assert await objects.parts.expire(wall_clock() + MINUTE_MS) >= 1
    with pytest.raises(NotFound):
        await objects.parts.received(KEY, upload_id)


async def test_an_upload_of_another_key_is_none(objects: Objects) -> None:
    upload_id = await begun(objects)
    for key, name in ((OTHER, upload_id), (KEY, "nonesuch")):
        with pytest.raises(NotFound):
            await objects.parts.received(key, name)
