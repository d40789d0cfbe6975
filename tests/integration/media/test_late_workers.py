"""Media workers asleep between any two of their steps: no photo is lost by it, and no deleted one comes back."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import Unavailable
from schemas.ids import AccountId, PostId
from tests.integration.media.photo_site import FILES, Photo, PhotoSite, photo_site
from tests.integration.schedules.fate import (
    Call,
    Fate,
    Fault,
    Gate,
    Killed,
    dies_before,
    is_refused,
    lands_later,
    loses_the_answer,
    pauses_before,
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[PhotoSite]:
    with photo_site(tmp_path) as site:
        yield site


async def whole(site: PhotoSite, photo: Photo) -> bool:
    """Whether everything that the card shows is there, as it was rendered."""
    post, there = await site.post(photo), await site.shown(photo)
    assert post.picture is not None
    shown = [there.get(rendition.path) for rendition in post.picture.renditions]
    return shown == [file.content for file in FILES]


def sleeps_at(step: int, gate: Gate) -> Fate:
    """The fate of who falls asleep before this step of its own, counted from 0, once all that it has begun beside it is
    done: threads are as quick as they like."""
    fate = Fate()

    async def sleeps(mine: Fate, call: Call) -> Any:
        await mine.alone()
        return await pauses_before(gate)(mine, call)

    def usual(_name: str) -> Fault:
        async def fault(mine: Fate, call: Call) -> Any:
            return await (sleeps(mine, call) if len(mine.taken) == step + 1 else call())

        return fault

    fate.usual = usual
    return fate


async def asleep_in_every_step(site: PhotoSite, meanwhile: Callable[[Photo], Awaitable[None]]) -> list[Photo]:
    """For each step of a worker a photo at which it fell asleep there, while something else happened."""
    photos: list[Photo] = []
    while True:
        gate, photo = Gate(), await site.photo()
        late = site.worker(sleeps_at(len(photos), gate))
        work = asyncio.ensure_future(late.takes(photo))
        reached = asyncio.ensure_future(gate.reached.wait())
        await asyncio.wait([work, reached], return_when=asyncio.FIRST_COMPLETED)
        if not gate.reached.is_set():
            reached.cancel()
            await work
            return photos
        await meanwhile(photo)
        gate.open()
        await work
        photos.append(photo)


async def test_wherever_a_worker_slept_while_another_published_the_photo_is_whole_and_nothing_else_is_left(
    site: PhotoSite,
) -> None:
    async def published(photo: Photo) -> None:
        await site.worker().takes(photo)

    photos = await asleep_in_every_step(site, published)
    assert len(photos) > 20
    assert [await whole(site, photo) for photo in photos] == [True] * len(photos)
    assert [len(await site.shown(photo)) for photo in photos] == [len(FILES)] * len(photos)


async def test_wherever_a_worker_slept_a_deleted_photo_stays_removed(site: PhotoSite) -> None:
    photos = await asleep_in_every_step(site, site.deleted)
    assert len(photos) > 20
    assert [await site.shown(photo) for photo in photos] == [{}] * len(photos)
    assert [(await site.post(photo)).status for photo in photos] == ["deleted"] * len(photos)


async def test_wherever_a_worker_slept_a_photo_that_another_published_and_its_author_deleted_stays_removed(
    site: PhotoSite,
) -> None:
    async def published_and_deleted(photo: Photo) -> None:
        await site.worker().takes(photo)
        await site.deleted(photo)

    photos = await asleep_in_every_step(site, published_and_deleted)
    assert [await site.shown(photo) for photo in photos] == [{}] * len(photos)


@pytest.mark.parametrize("nth", [1, 2], ids=["its attempt", "its publication"])
async def test_a_worker_that_loses_the_answer_to_what_it_said_does_not_undo_it(site: PhotoSite, nth: int) -> None:
    photo, worker = await site.photo(), site.worker()
    worker.fate.at("insert", *[ordinary] * (nth - 1), loses_the_answer)
    with pytest.raises(Unavailable):
        await worker.takes(photo)
    await worker.takes(photo)
    assert await whole(site, photo)


async def test_a_photo_is_published_in_the_part_of_its_authors_posts_that_is_asked_for(site: PhotoSite) -> None:
    photo = await site.photo()
    asked: list[tuple[str, str]] = []

    async def third(author: AccountId, post: PostId) -> int:
        asked.append((author, post))
        return 3

    await site.worker(salt=third).takes(photo)
    assert (await site.post(photo)).salt == 3
    assert asked == [(photo.author, photo.id)]


async def test_a_publication_that_lands_while_it_is_said_again_is_not_undone(site: PhotoSite) -> None:
    photo, worker = await site.photo(), site.worker()
    landing, again = Gate(), Gate()
    worker.fate.at("insert", ordinary, lands_later(landing), pauses_before(again))
    with pytest.raises(Unavailable):
        await worker.takes(photo)
    said_again = asyncio.ensure_future(worker.takes(photo))
    await again.reached.wait()
    landing.open()
    await worker.fate.landed()
    again.open()
    await said_again
    assert await whole(site, photo)


async def test_a_store_that_is_away_for_long_costs_one_attempt(site: PhotoSite) -> None:
    photo, worker = await site.photo(), site.worker()
    worker.fate.at("put", *[is_refused] * 30)
    for _ in range(30):
        with pytest.raises(Unavailable):
            await worker.takes(photo)
    await worker.takes(photo)
    assert await whole(site, photo)
    assert (await site.post(photo)).attempt == 1


async def test_a_photo_that_no_worker_survives_is_given_up(site: PhotoSite) -> None:
    photo, dead = await site.photo(), 0
    while (await site.post(photo)).status == "processing":
        with suppress(Killed):
            await site.worker(Fate().at("put", dies_before), most_attempts=4).takes(photo)
        dead += 1
    post = await site.post(photo)
    assert (dead, post.status, post.attempt) == (5, "rejected", 5)


async def ordinary(_fate: Fate, call: Call) -> Any:
    return await call()
