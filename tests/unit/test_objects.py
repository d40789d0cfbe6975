"""Names of objects in the store: what they say, and which are public."""

from schemas.ids import PostId
from schemas.objects import is_rendition, media_prefix, rendition_key, upload_key, uploaded_post

POST = PostId("po_0AbCdEfGhIj")


def test_an_original_says_whose_it_is() -> None:
    assert uploaded_post(upload_key(POST)) == POST
    assert uploaded_post(rendition_key(POST, "feed", "0a1b2c", "webp")) is None


def test_a_rendition_is_public_and_lies_under_its_post() -> None:
    key = rendition_key(POST, "thumbnail", "0a1b2c", "webp")
    assert key.startswith(media_prefix(POST))
    assert is_rendition(key)


def test_only_the_names_of_renditions_are_public() -> None:
    for key in (
        upload_key(POST),
        "m/po_1",
        "m/po_1/feed.webp",
        "m/po_1/x/feed-a.webp",
        "m/../feed-a.webp",
        "xm/po_1/a-a.b",
    ):
        assert not is_rendition(key), key
