"""From a completed upload to what becomes of its post, and what is left of one that is no more: on embedded stores."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.objects import upload_key
from tests.integration.media.photo_site import FILES, PhotoSite, photo_site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[PhotoSite]:
    with photo_site(tmp_path) as site:
        yield site


async def test_a_published_post_shows_what_was_rendered_and_keeps_its_original(site: PhotoSite) -> None:
    photo = await site.photo(b"a blurhash")
    await site.worker().takes(photo)
    picture = (await site.post(photo)).picture
    assert picture is not None
    assert (picture.width, picture.height, picture.blurhash) == (4000, 3000, "a blurhash")
    there = await site.shown(photo)
    assert [there[one.path] for one in picture.renditions] == [file.content for file in FILES]
    assert [(one.name, one.content_type, one.width) for one in picture.renditions] == [
        (file.name, file.content_type, file.width) for file in FILES
    ]
    assert await site.objects.head(upload_key(photo.id))


async def test_processing_again_says_nothing_new(site: PhotoSite) -> None:
    photo = await site.photo()
    await site.worker().takes(photo)
    before, shown = await site.post(photo), await site.shown(photo)
    await site.worker().takes(photo)
    assert (await site.post(photo), await site.shown(photo)) == (before, shown)


async def test_a_refused_photo_is_rejected_and_its_original_removed(site: PhotoSite) -> None:
    photo, worker = await site.photo(b"broken"), site.worker()
    await worker.takes(photo)
    assert (await site.post(photo)).status == "rejected"
    await worker.removals.rejected(photo.id)
    assert await site.objects.list("") == []


async def test_an_upload_that_is_gone_is_rejected(site: PhotoSite) -> None:
    photo = await site.photo()
    await site.objects.delete(upload_key(photo.id))
    await site.worker().takes(photo)
    assert (await site.post(photo)).status == "rejected"


async def test_of_a_deleted_post_only_graves_are_left_however_often_it_is_removed(site: PhotoSite) -> None:
    photo = await site.photo()
    await site.worker().takes(photo)
    for _ in range(2):
        await site.deleted(photo)
        left = await site.objects.list("")
        assert [info.gone for info in left] == [True] * len(FILES)
