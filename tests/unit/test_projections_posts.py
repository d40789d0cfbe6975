"""The posts read model: what is shown, and how far each upload has come."""

from typing import Any

from events.personal import REDACTED
from events.posts import PostDeleted
from projections.effects import Delete, Put
from projections.posts import POST_STATUS, POSTS, PROJECTION
from tests.unit.samples import (
    ANN,
    COMPLETED,
    DELETED,
    EDITED,
    NOON,
    POST,
    PUBLISHED,
    REJECTED,
    RESERVED,
    SAID,
    STARTED,
    recorded,
)

SOURCES = [
    {"name": "thumbnail", "path": f"m/{POST}/thumbnail-0123.jpeg", "content_type": "image/jpeg"},
    {"name": "full", "path": f"m/{POST}/full-0123.webp", "content_type": "image/webp"},
]
RENDITIONS = [{**source, "width": 150, "height": 100} for source in SOURCES]
CARD: dict[str, Any] = {
    "post_id": POST,
    "author_id": ANN,
    "caption": SAID["caption"],
    "tags": ["foehn", "alps"],
    "alt_text": "A lake",
    "location": {"lat": 1.0, "lon": 2.0},
    "renditions": RENDITIONS,
    "width": 1080,
    "height": 720,
    "blurhash": "L00000",
    "published_at": NOON,
    "edited_at": None,
}


def status(of: str, **said: Any) -> Put:
    """How far a post is."""
    empty: dict[str, Any] = {"reason": None, "renditions": [], "published_at": None}
    return Put(POST_STATUS, post_id=POST, author_id=ANN, status=of, **{**empty, **said})


def test_an_upload_is_pending_then_processing_and_not_shown() -> None:
    assert PROJECTION.effects(recorded(RESERVED)) == [status("pending")]
    assert PROJECTION.effects(recorded(COMPLETED)) == [status("processing")]
    assert PROJECTION.effects(recorded(STARTED)) == []


def test_a_published_post_is_shown() -> None:
    assert PROJECTION.effects(recorded(PUBLISHED)) == [
        Put(POSTS, **CARD),
        status("published", renditions=RENDITIONS, published_at=NOON),
    ]


def test_an_edited_post_is_shown_as_it_reads_now_and_says_when() -> None:
    edited = recorded(EDITED)
    shown = {**CARD, "caption": "Said better", "tags": ["foehn"], "edited_at": edited.at}
    assert PROJECTION.effects(edited) == [Put(POSTS, **shown)]


def test_an_edit_before_publication_shows_nothing() -> None:
    assert PROJECTION.effects(recorded(EDITED.model_copy(update={"picture": None}))) == []


def test_a_post_without_a_location_has_none() -> None:
    nowhere = PUBLISHED.model_copy(update={"location": None})
    assert PROJECTION.effects(recorded(nowhere))[0] == Put(POSTS, **{**CARD, "location": None})


def test_what_an_author_said_is_not_shown_once_the_key_is_gone() -> None:
    gone = dict.fromkeys(SAID, REDACTED)
    shown = {**CARD, "caption": "", "tags": [], "alt_text": "", "location": None}
    assert PROJECTION.effects(recorded(PUBLISHED.model_copy(update=gone)))[0] == Put(POSTS, **shown)


def test_a_rejected_post_says_why() -> None:
    assert PROJECTION.effects(recorded(REJECTED)) == [status("rejected", reason="corrupt")]


def test_a_deleted_post_is_not_shown_and_remembered_as_deleted() -> None:
    assert PROJECTION.effects(recorded(DELETED)) == [
        Delete(POSTS, post_id=POST),
        status("deleted", published_at=NOON),
    ]


def test_a_cancelled_upload_is_remembered_as_one_that_nobody_saw() -> None:
    cancelled = PostDeleted(author_id=ANN, published_at=None, salt=0)
    assert PROJECTION.effects(recorded(cancelled))[-1] == status("deleted")
