"""The reconciler of uploads: what nobody heard of goes on, what nobody needs goes, and nothing else is touched."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.ids import issued_at, lowest
from commands.post_commands import DeletePost, RemovePost, StartProcessing
from infra.process.clock import wall_clock
from processors.leftovers import Leftovers
from processors.media import MediaSubscriber
from processors.uploads import Uploads
from processors.works import ACTOR
from schemas.ids import AccountId, Millis, PostId
from schemas.objects import media_prefix, upload_key
from tests.integration.media.photo_site import FILES, TYPE, PhotoSite, photo_site
from tests.integration.media.test_late_workers import whole

LONGEST, ABANDONED = 2_700_000, 604_800_000


@pytest.fixture
def site(tmp_path: Path) -> Iterator[PhotoSite]:
    with photo_site(tmp_path) as site:
        yield site


def leftovers(site: PhotoSite, later: Millis = 0) -> Leftovers:
    """The reconciler of a process whose clock is that much ahead."""
    worker = site.worker()
    handler = worker.process.handler
    uploads = Uploads(handler, site.objects, handler.ids)
    clock = lambda: wall_clock() + later  # noqa: E731
    return Leftovers(handler, site.objects, uploads, site.positions, clock, 30, LONGEST, ABANDONED)


async def keys(site: PhotoSite) -> list[str]:
    return [info.key for info in await site.objects.list("") if not info.gone]


async def test_an_upload_that_nobody_completed_is_completed_but_no_drafts(site: PhotoSite) -> None:
    said, draft = await site.reserved(), await site.reserved(draft=True)
    for post in (said, draft):
        await site.objects.put(upload_key(post), b"bytes", TYPE)
    found = leftovers(site)
    await found.once()
    assert [(await site.state(post)).status for post in (said, draft)] == ["processing", "pending"]
    await found.once()
    assert found.noted == 1


async def test_a_photo_that_the_log_is_past_and_nobody_processes_is_retried_at_once_by_its_next_reader(
    site: PhotoSite,
) -> None:
    photo = await site.photo()
    last = (await site.does(StartProcessing(ACTOR, photo.id))).positions[0]
    found, another = leftovers(site), leftovers(site)
    await found.once()
    await site.positions.advance(MediaSubscriber.id, last, "", finished=last.offset)
    await found.once()
    assert ((await site.post(photo)).attempt, found.retried) == (1, 0)  # the log's reader is to go on with it
    await site.positions.advance(MediaSubscriber.id, last, "", finished=last.offset + 1)
    await asyncio.gather(found.once(), another.once())
    assert ((await site.post(photo)).attempt, found.retried + another.retried) == (2, 1)
    await found.once()
    assert found.retried + another.retried == 1  # the log says it: its reader has not come there yet
    await site.worker().takes(photo)
    assert (await site.post(photo)).status == "published"
    assert await whole(site, photo)


async def test_originals_that_no_post_needs_go_once_no_upload_can_take_so_long(site: PhotoSite) -> None:
    photo, strange = await site.photo(), PostId(f"po_{await site.people.handler.ids.digits()}")
    await site.does(DeletePost(photo.author, photo.id))
    await site.objects.put(upload_key(strange), b"bytes", TYPE)
    young = leftovers(site)
    await young.once()
    assert set(await keys(site)) == {upload_key(photo.id), upload_key(strange)}
    old = leftovers(site, LONGEST + 1000)
    await old.once()
    assert (await keys(site), old.originals_removed) == ([], 2)


async def test_renditions_without_a_publication_go_and_published_ones_stay(site: PhotoSite) -> None:
    photo, rejected = await site.photo(), await site.photo(b"broken")
    deleted, waiting = await site.photo(), await site.photo()
    for one in (photo, rejected, deleted):
        await site.worker().takes(one)
    await site.deleted(deleted)
    strange = PostId(f"po_{await site.people.handler.ids.digits()}")
    for post in (photo.id, rejected.id, deleted.id, waiting.id, strange):
        await site.objects.put(f"{media_prefix(post)}feed-9_00.jpg", b"left over", TYPE)
    young, old = leftovers(site), leftovers(site, LONGEST + 1000)
    await young.once()
    assert len([key for key in await keys(site) if key.endswith("feed-9_00.jpg")]) == 5
    await old.once()
    left = [key for key in await keys(site) if key.endswith("feed-9_00.jpg")]
    assert (left, old.renditions_removed) == ([f"{media_prefix(waiting.id)}feed-9_00.jpg"], 4)
    assert (await whole(site, photo), len(await site.shown(photo))) == (True, len(FILES))


async def test_the_way_round_comes_to_everything(site: PhotoSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("processors.leftovers.NAMES", 2)
    photos = [await site.photo() for _ in range(5)]
    for photo in photos:
        await site.does(DeletePost(photo.author, photo.id))
    long_after = leftovers(site, 10 * LONGEST)  # nothing is new then
    for left in (3, 1, 0):
        await long_after.once()
        assert len(await keys(site)) == left


async def test_the_original_of_an_avatar_that_is_neither_shown_nor_under_way_goes(site: PhotoSite) -> None:
    account = await site.write.account()
    key = f"uploads/{account}/av_{await site.people.handler.ids.digits()}"
    await site.objects.put(key, b"bytes", TYPE)
    await leftovers(site).once()
    assert await keys(site) == [key]
    await leftovers(site, LONGEST + 1000).once()
    assert await keys(site) == []


def test_an_id_tells_when_it_was_issued() -> None:
    at = 1_800_000_000_123
    assert issued_at(lowest(at)) == at
    assert lowest(at) < lowest(at + 1)


async def test_the_original_of_a_photo_that_a_moderator_has_removed_is_kept(site: PhotoSite) -> None:
    photo = await site.photo()
    await site.worker().takes(photo)
    await site.does(RemovePost(AccountId("system:moderation"), photo.id))
    found = leftovers(site, LONGEST + 1000)
    await found.uploads.arrived(upload_key(photo.id))  # the store tells everything twice
    await found.once()
    assert (await site.post(photo)).held
    assert upload_key(photo.id) in await keys(site)


async def test_what_is_on_the_way_to_a_published_post_that_is_made_again_is_left(site: PhotoSite) -> None:
    photo = await site.photo()
    await site.worker().takes(photo)
    prefix = media_prefix(photo.id)
    coming, lost = f"{prefix}full-2_0123456789abcdef0123.jpeg", f"{prefix}full-1_0123456789abcdef0123.jpeg"
    for key in (coming, lost):
        await site.objects.put(key, b"made again", TYPE)
    await leftovers(site, later=LONGEST + 1_000).once()
    left = set(await keys(site))
    assert (coming in left, lost in left) == (True, False)
