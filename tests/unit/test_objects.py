"""Names of objects in the store: what they say, and which are public."""

from schemas.ids import PostId
from schemas.objects import attempt_of, is_rendition, media_prefix, rendition_key, upload_key, uploaded_post

POST = PostId("po_0AbCdEfGhIj")


def test_an_original_says_whose_it_is() -> None:
    assert uploaded_post(upload_key(POST)) == POST
    assert uploaded_post(rendition_key(POST, 1, "feed", [b"pixels"], "webp")) is None


def test_a_rendition_is_public_and_lies_under_its_post() -> None:
    key = rendition_key(POST, 1, "thumbnail", [b"pixels"], "webp")
    assert key.startswith(media_prefix(POST))
    assert is_rendition(key)


def test_a_name_shows_the_attempt_and_hashes_the_content() -> None:
    key = rendition_key(POST, 12, "full", [b"pixels"], "jpg")
    assert attempt_of(key) == 12
    others = {
        rendition_key(POST, 13, "full", [b"pixels"], "jpg"),
        rendition_key(POST, 12, "feed", [b"pixels"], "jpg"),
        rendition_key(POST, 12, "full", [b"others"], "jpg"),
        rendition_key(PostId("po_1AbCdEfGhIj"), 12, "full", [b"pixels"], "jpg"),
    }
    assert len({key, *others}) == 5


def test_a_name_from_before_attempts_were_shown_belongs_to_none() -> None:
    assert attempt_of("m/po_1/full-0a1b2c3d4e5f60718293.jpg") is None


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
