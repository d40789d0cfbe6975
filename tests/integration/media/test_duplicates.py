"""The same file posted again: nothing is rendered twice, and no owner's files depend on another's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from processors.duplicates import LOOKED_AT, MADE, digest_of, sha256_of
from tests.integration.media.photo_site import FILES, Photo, PhotoSite, photo_site
from tests.integration.media.test_late_workers import asleep_in_every_step, whole
from tests.integration.schedules.fate import Call, Fate

SAME = b"the same"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[PhotoSite]:
    with photo_site(tmp_path) as site:
        yield site


async def posted(site: PhotoSite, content: bytes = SAME) -> Photo:
    """Somebody posts this."""
    photo = await site.photo(content)
    await site.worker().takes(photo)
    return photo


async def test_a_file_that_is_posted_again_is_copied_under_its_own_posts_names(site: PhotoSite) -> None:
    first, second = await posted(site), await posted(site)
    assert site.renderer.drawn == 1
    pictures = [(await site.post(photo)).picture for photo in (first, second)]
    assert await whole(site, second)
    one, other = (picture.renditions for picture in pictures if picture)
    assert {file.path for file in one}.isdisjoint(file.path for file in other)
    assert [(file.name, file.width, file.size_bytes) for file in one] == [
        (file.name, file.width, file.size_bytes) for file in other
    ]
    assert len({picture.blurhash for picture in pictures if picture}) == 1


async def test_who_deletes_first_takes_nothing_from_the_other_and_a_third_is_copied_from_who_is_left(
    site: PhotoSite,
) -> None:
    first, second = await posted(site), await posted(site)
    await site.deleted(first)
    assert (await site.shown(first), await whole(site, second)) == ({}, True)
    third = await posted(site)
    assert (await whole(site, third), site.renderer.drawn) == (True, 1)
    for photo in (second, third):
        await site.deleted(photo)
    assert await whole(site, await posted(site))
    assert site.renderer.drawn == 2


async def test_of_a_file_that_everybody_posts_a_few_owners_are_remembered(site: PhotoSite, tmp_path: Path) -> None:
    photos = [await posted(site) for _ in range(LOOKED_AT + 3)]
    source = written(tmp_path)
    digest = digest_of(sha256_of(source), "image/jpeg", "photo")
    assert len(await site.tables.slice(MADE, (digest,), 100)) == LOOKED_AT
    assert [await whole(site, photo) for photo in photos] == [True] * len(photos)


async def test_an_owner_who_deletes_in_the_middle_of_the_copying_leaves_the_other_a_photo_that_is_whole(
    site: PhotoSite,
) -> None:
    first = await posted(site)

    async def deletes(_fate: Fate, call: Call) -> object:
        await site.deleted(first)
        return await call()

    photo = await site.photo(SAME)
    await site.worker(Fate().at("copy", deletes)).takes(photo)
    assert (await whole(site, photo), site.renderer.drawn) == (True, 2)
    assert await site.shown(first) == {}
    assert len(await site.shown(photo)) == len(FILES)


async def test_wherever_a_worker_slept_that_copies_a_deleted_photo_stays_removed(site: PhotoSite) -> None:
    await posted(site)
    site.same = SAME
    photos = await asleep_in_every_step(site, site.deleted)
    assert len(photos) > 20
    assert [await site.shown(photo) for photo in photos] == [{}] * len(photos)
    assert site.renderer.drawn == 1


async def test_what_is_declared_otherwise_is_looked_at_anew(tmp_path: Path) -> None:
    source = written(tmp_path)
    assert digest_of(sha256_of(source), "image/jpeg", "photo") != digest_of(sha256_of(source), "image/png", "photo")


def written(folder: Path) -> Path:
    """The file that everybody posts."""
    path = folder / "same"
    path.write_bytes(SAME)
    return path
