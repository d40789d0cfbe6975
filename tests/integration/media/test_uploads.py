"""What becomes of an upload that the object store tells of, on the embedded stores."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.post_commands import DeletePost, ReservePost, post_stream
from commands.post_state import Description
from processors.uploads import Uploads
from schemas.ids import AccountId, PostId
from schemas.objects import upload_key
from tests.integration.media.photo_site import TYPE, Photo, PhotoSite, photo_site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[PhotoSite]:
    with photo_site(tmp_path) as site:
        yield site


def hears(site: PhotoSite) -> Uploads:
    return Uploads(site.people.handler, site.objects, site.people.handler.ids)


async def sent(site: PhotoSite, draft: bool = False) -> tuple[AccountId, PostId]:
    """Somebody's reserved post whose bytes are there."""
    author, post = await site.write.account(), PostId(f"po_{await site.people.handler.ids.digits()}")
    await site.does(ReservePost(author, post, "a.jpg", TYPE, 5, None, draft, Description()))
    await site.objects.put(upload_key(post), b"photo", TYPE)
    return author, post


async def status(site: PhotoSite, post: PostId) -> str:
    return str((await site.people.handler.state(post_stream(post))).status)


async def test_an_upload_completes_its_post_however_often_it_is_told(site: PhotoSite) -> None:
    _, post = await sent(site)
    for _ in range(3):
        await hears(site).arrived(upload_key(post))
        assert await status(site, post) == "processing"
    assert await site.objects.head(upload_key(post))


async def test_a_late_word_changes_nothing_about_a_published_post(site: PhotoSite) -> None:
    photo = await site.photo()
    await site.worker().takes(photo)
    before = await site.post(photo)
    await hears(site).arrived(upload_key(photo.id))
    assert await site.post(photo) == before
    assert await site.objects.head(upload_key(photo.id))


async def test_an_upload_of_a_draft_waits(site: PhotoSite) -> None:
    _, post = await sent(site, draft=True)
    await hears(site).arrived(upload_key(post))
    assert await status(site, post) == "pending"
    assert await site.objects.head(upload_key(post))


async def test_what_comes_after_a_post_was_deleted_is_removed(site: PhotoSite) -> None:
    author, post = await sent(site)
    await site.does(DeletePost(author, post))
    await hears(site).arrived(upload_key(post))
    assert await site.objects.head(upload_key(post)) is None


async def test_what_comes_after_a_post_was_rejected_is_removed(site: PhotoSite) -> None:
    photo: Photo = await site.photo(b"broken")
    await site.worker().takes(photo)
    await site.worker().removals.rejected(photo.id)
    await site.objects.put(upload_key(photo.id), b"another", TYPE)
    await hears(site).arrived(upload_key(photo.id))
    assert await site.objects.head(upload_key(photo.id)) is None


async def test_what_no_post_waits_for_is_removed(site: PhotoSite) -> None:
    await site.objects.put("uploads/po_never", b"photo", TYPE)
    await hears(site).arrived("uploads/po_never")
    assert await site.objects.head("uploads/po_never") is None


async def test_objects_that_are_no_uploads_are_left_alone(site: PhotoSite) -> None:
    await site.objects.put("m/po_1/feed-1_a.webp", b"photo", TYPE)
    await hears(site).arrived("m/po_1/feed-1_a.webp")
    assert await site.objects.head("m/po_1/feed-1_a.webp")
