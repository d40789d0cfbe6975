"""Photos that resemble an entry of the blocklist: nothing of them is stored, and a moderator decides."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.cases import case_stream
from commands.post_commands import RestorePost
from processors.blocklist import Blocklist
from processors.works import PhotoWork
from schemas.ids import AccountId
from schemas.objects import upload_key
from tests.integration.media.photo_site import Photo, PhotoSite, photo_site
from tests.integration.media.test_late_workers import whole
from tests.integration.schedules.fate import Fate, Killed, dies_before


@pytest.fixture
def site(tmp_path: Path) -> Iterator[PhotoSite]:
    with photo_site(tmp_path) as site:
        yield site


def listed(site: PhotoSite) -> None:
    """From now on every photo of this site is on a list."""

    async def source() -> str:
        return f"{site.renderer.look} 0 list 7"

    site.blocklist = Blocklist(source)


async def held(site: PhotoSite, photo: Photo) -> bool:
    """Whether it is rejected, its original alone is kept, and a moderator is asked."""
    post = await site.post(photo)
    case = await site.people.handler.state(case_stream(photo.id))
    assert (post.status, post.held, post.picture) == ("rejected", True, None)
    assert case.matches == ("list 7",) or set(case.matches) == {"list 7"}
    return [info.key for info in await site.objects.list("") if photo.id in info.key] == [upload_key(photo.id)]


async def test_a_photo_on_the_list_is_rejected_before_anything_is_stored_of_it(site: PhotoSite) -> None:
    listed(site)
    photo = await site.photo()
    await site.worker(Fate().at("put", dies_before)).takes(photo)
    assert await held(site, photo)


async def test_a_copy_of_what_was_made_before_it_was_listed_is_caught_too(site: PhotoSite) -> None:
    first = await site.photo(b"the same")
    await site.worker().takes(first)
    listed(site)
    second = await site.photo(b"the same")
    await site.worker().takes(second)
    assert await held(site, second)
    assert (site.renderer.drawn, await whole(site, first)) == (1, True)


async def test_who_dies_between_the_finding_and_the_rejection_leaves_one_case(site: PhotoSite) -> None:
    listed(site)
    photo = await site.photo()
    with pytest.raises(Killed):
        await site.worker(Fate().at("insert", _ordinary, _ordinary, dies_before)).takes(photo)
    assert (await site.post(photo)).status == "processing"
    await site.worker().takes(photo)
    assert await held(site, photo)


async def test_what_a_moderator_has_restored_is_on_no_list(site: PhotoSite) -> None:
    listed(site)
    photo = await site.photo()
    await site.worker().takes(photo)
    await site.does(RestorePost(AccountId("system:moderation"), photo.id))
    again = PhotoWork(photo.id, photo.completed.upload_key, photo.completed.content_type)
    await site.worker().renders.process(again, "a test")
    assert (await site.post(photo)).status == "published"
    assert await whole(site, photo)


async def _ordinary(_fate: Fate, call: object) -> object:
    return await call()  # type: ignore[operator]
