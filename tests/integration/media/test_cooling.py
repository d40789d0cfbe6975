"""Photos that nobody reads are moved to the cheap class, and come back: whatever dies or is deleted in between, nothing
is lost, and nothing that was deleted comes back."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from infra.directory.objects import DirectoryObjects
from infra.process.clock import wall_clock
from infra.process.cold_measures import moving, returning
from infra.process.metrics import shown
from infra.tiers.objects import TieredObjects
from processors.cooling import DAY_MS, Cooled, Cooling
from processors.media_reads import MediaReads
from schemas.errors import NotFound
from schemas.ids import Millis
from schemas.objects import upload_key
from tests.integration.media.photo_site import FILES, Photo, PhotoSite, photo_site
from tests.integration.media.test_late_workers import sleeps_at
from tests.integration.schedules.fate import Fate, Faulty, Gate, Killed, as_ever, dies_before, is_refused
from tests.integration.site.test_metrics import value
from tests.pace import until

AFTER = 10 * DAY_MS
KEPT = 30 * DAY_MS
STEPS = 200
"""More than a pass over one post takes."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[PhotoSite]:
    with photo_site(tmp_path) as site:
        yield site


@pytest.fixture
def cheap(tmp_path: Path) -> DirectoryObjects:
    return DirectoryObjects(tmp_path / "cheap", "", b"a secret", wall_clock)


def cooling(
    site: PhotoSite, cheap: DirectoryObjects, later: Millis = AFTER + DAY_MS, fate: Fate | None = None
) -> Cooling:
    """Of a process whose clock is that much ahead, and whose calls of both stores meet a fate."""
    mine = fate or Fate()
    tiers = TieredObjects(Faulty(site.objects, mine), Faulty(cheap, mine))
    clock = lambda: wall_clock() + later  # noqa: E731
    reads = MediaReads(site.objects, clock, 1)
    return Cooling(site.people.handler, tiers, reads, clock, AFTER, KEPT, 1)


def dies_at(step: int) -> Fate:
    """The fate of who dies before this step of its own, counted from 0."""
    fate = Fate()
    fate.usual = lambda _name: dies_before if len(fate.taken) == step + 1 else as_ever
    return fate


async def passed(job: Cooling) -> list[Cooled]:
    return [one async for one in job.once()]


async def published(site: PhotoSite) -> tuple[Photo, dict[str, bytes]]:
    """A photo, and all that is stored of it."""
    photo = await site.photo()
    await site.worker().takes(photo)
    return photo, {**await site.shown(photo), upload_key(photo.id): b"photo %d" % (next(site.photos) - 1)}


async def stored(store: DirectoryObjects) -> set[str]:
    return {info.key for info in await store.list("") if not info.gone and not info.key.startswith("reads/")}


async def readable(tiers: TieredObjects, wanted: dict[str, bytes], folder: Path) -> bool:
    """Whether everything is there, byte for byte."""
    for key, content in wanted.items():
        await tiers.download(key, folder / "object")
        if await asyncio.to_thread((folder / "object").read_bytes) != content:
            return False
    return True


async def test_what_nobody_has_read_for_long_is_in_the_cheap_class_alone_until_somebody_does(
    site: PhotoSite, cheap: DirectoryObjects, tmp_path: Path
) -> None:
    _, files = await published(site)
    job = cooling(site, cheap)
    (done,) = await passed(job)
    assert (done.outcome, done.size_bytes) == ("cooled", sum(map(len, files.values())))
    assert (await stored(site.objects), await stored(cheap)) == (set(), set(files))
    assert {one.outcome for one in await passed(job)} <= {"cold"}
    tiers = TieredObjects(site.objects, cheap)
    assert {info.key for info in await tiers.list("")} == set(files)
    assert await readable(tiers, files, tmp_path)
    assert await stored(site.objects) == set(files)
    (again,) = await passed(job)
    assert (again.size_bytes, await stored(site.objects)) == (done.size_bytes, set())


async def test_what_was_moved_and_what_came_back_is_counted(
    site: PhotoSite, cheap: DirectoryObjects, tmp_path: Path
) -> None:
    _, files = await published(site)
    await site.photo()
    job, size = cooling(site, cheap), sum(map(len, files.values()))
    tiers = TieredObjects(site.objects, cheap)
    await passed(job)
    assert await readable(tiers, files, tmp_path)
    assert await readable(tiers, files, tmp_path), "what is there again does not come back again"
    text = (await shown([moving(job), returning(tiers)])).decode()
    assert value(text, "photolog_cold_passes_total") == 1
    assert value(text, "photolog_cold_moved_posts_total") == 1
    assert value(text, "photolog_cold_posts", "cooled") == 1
    assert value(text, "photolog_cold_posts", "read") == 0
    assert value(text, "photolog_cold_returned_objects_total") == len(files)
    assert value(text, "photolog_cold_moved_bytes_total") == value(text, "photolog_cold_returned_bytes_total") == size


async def test_a_look_that_a_store_cuts_short_is_counted_and_the_next_is_made(
    site: PhotoSite, cheap: DirectoryObjects
) -> None:
    await published(site)
    job = replace(cooling(site, cheap, fate=Fate().at("children", is_refused)), every_s=0)
    looking = asyncio.create_task(job.run())
    await until(lambda: job.passes > 0)
    looking.cancel()
    await asyncio.wait([looking])
    assert (job.failed, job.posts["cooled"], await stored(site.objects)) == (1, 1, set())


async def test_what_is_young_or_was_read_or_is_not_published_stays(site: PhotoSite, cheap: DirectoryObjects) -> None:
    read, _ = await published(site)
    unread, _ = await published(site)
    waiting = await site.photo()
    await site.objects.put(f"m/{waiting.id}/full-1_0a.webp", b"on its way", "image/webp")
    assert {one.outcome for one in await passed(cooling(site, cheap, later=AFTER - DAY_MS))} == {"young"}
    notes = MediaReads(site.objects, wall_clock, 1)
    notes.note(f"m/{read.id}/full-1_0a.webp")
    await notes.keep()
    await notes.keep()
    outcomes = {one.post: one.outcome for one in await passed(cooling(site, cheap, later=AFTER + KEPT - DAY_MS))}
    assert outcomes == {read.id: "read", unread.id: "cooled", waiting.id: "not_published"}
    later = {one.post: one.outcome for one in await passed(cooling(site, cheap, later=AFTER + KEPT + 2 * DAY_MS))}
    assert later == {read.id: "cooled", unread.id: "cold", waiting.id: "not_published"}
    assert await site.objects.list("reads/") == [], "forgotten, since they say nothing any more"


async def test_a_job_that_dies_before_any_of_its_steps_loses_nothing_and_the_next_finishes_it(
    site: PhotoSite, cheap: DirectoryObjects, tmp_path: Path
) -> None:
    _, files = await published(site)
    tiers, deaths = TieredObjects(site.objects, cheap), 0
    for step in range(STEPS):
        try:
            await passed(cooling(site, cheap, fate=dies_at(step)))
        except Killed:
            deaths += 1
            assert await stored(site.objects) | await stored(cheap) == set(files)
            assert await readable(tiers, files, tmp_path)
        else:
            break
    assert deaths > 4 * len(FILES)
    assert await stored(site.objects) == set()


async def test_a_post_that_is_deleted_between_any_two_steps_is_gone_from_both_classes(
    site: PhotoSite, cheap: DirectoryObjects, tmp_path: Path
) -> None:
    slept = 0
    for step in range(STEPS):
        photo, files = await published(site)
        gate = Gate()
        fate = sleeps_at(step, gate)
        job = asyncio.create_task(passed(cooling(site, cheap, fate=fate)))
        reached = asyncio.create_task(gate.reached.wait())
        await asyncio.wait([job, reached], return_when=asyncio.FIRST_COMPLETED)
        fell_asleep = gate.reached.is_set()
        tiers = TieredObjects(site.objects, cheap)
        await site.deleted(photo, tiers)
        gate.open()
        await job
        reached.cancel()
        slept += fell_asleep
        assert await stored(site.objects) | await stored(cheap) == set(), f"asleep before {fate.taken[step:][:1]}"
        for key in files:
            with pytest.raises(NotFound):
                await tiers.download(key, tmp_path / "object")
        if not fell_asleep:
            break
    assert slept > 4 * len(FILES)


async def test_a_copy_of_what_is_cold_brings_it_back(site: PhotoSite, cheap: DirectoryObjects) -> None:
    photo, _ = await published(site)
    (source, *_), copy = [one.path for one in (await site.post(photo)).picture.renditions], "m/po_copy/full-1_0a.webp"  # type: ignore[union-attr]
    stored_before = await site.objects.head(source)
    await passed(cooling(site, cheap))
    tiers = TieredObjects(site.objects, cheap)
    assert stored_before is not None
    assert not await tiers.copy(source, copy, "another")
    assert await tiers.copy(source, copy, stored_before.etag)
    assert {source, copy} <= await stored(site.objects)
