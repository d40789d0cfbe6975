"""The post aggregate: from reservation to deletion, who may, and which attempt counts."""

from dataclasses import replace
from typing import Any

import pytest

from commands.aggregate import Command
from commands.post_commands import (
    CompleteUpload,
    DeletePost,
    NoteUpload,
    PublishPost,
    RejectPost,
    ReservePost,
    RetryProcessing,
    StartProcessing,
)
from commands.post_state import Description
from events.accounts import UsernameClaimed
from events.personal import REDACTED
from events.posts import PostDeleted, PostReserved, ProcessingStarted
from processors.works import ACTOR
from schemas.errors import Gone, UnsupportedType
from schemas.objects import upload_key
from schemas.photos import PHOTO_TYPES
from schemas.refusals import NotYours, UnknownPost
from tests.unit.given import folded, given
from tests.unit.samples import (
    ANN,
    COMPLETED,
    DELETED,
    EVE,
    NOON,
    POST,
    PUBLISHED,
    REJECTED,
    RESERVED,
    RETRIED,
    SAID,
    STARTED,
)

Said: Any = SAID
RESERVE = ReservePost(
    ANN, POST, "lake.jpg", "image/jpeg", 9, None, False, Description(**Said), in_parts=RESERVED.in_parts
)
COMPLETE = CompleteUpload(ANN, POST, {})
START = StartProcessing(ACTOR, POST)
PUBLISH = PublishPost(ACTOR, POST, 1, NOON, PUBLISHED.renditions, 1080, 720, "L00000")
REJECT = RejectPost(ACTOR, POST, 1, "corrupt")
DELETE = DeletePost(ANN, POST)

A_PENDING = (RESERVED,)
A_COMPLETED = (*A_PENDING, COMPLETED)
A_PROCESSING = (*A_COMPLETED, STARTED)
A_PUBLISHED = (*A_PROCESSING, PUBLISHED)
A_REJECTED = (*A_PROCESSING, REJECTED)
A_DELETED = (*A_PUBLISHED, DELETED)
CANCELLED = PostDeleted(author_id=ANN, published_at=None, salt=0)


def test_a_reservation_says_everything_about_the_upload() -> None:
    given().when(RESERVE).then(RESERVED)


def test_what_nobody_processes_any_more_is_retried_once_and_the_attempt_before_is_void() -> None:
    retry = RetryProcessing(ACTOR, POST, 1)
    given(*A_PROCESSING).when(retry).then(RETRIED)
    given(*A_PROCESSING, RETRIED).when(retry).then_nothing()
    given(*A_PROCESSING, RETRIED).when(PUBLISH).then_nothing()
    given(*A_PUBLISHED).when(retry).then_nothing()


def test_a_repeated_reservation_is_not_news() -> None:
    given(*A_PENDING).when(RESERVE).then_nothing()


@pytest.mark.parametrize("content_type", PHOTO_TYPES)
def test_every_photo_type_can_be_reserved(content_type: str) -> None:
    (event,) = given().when(replace(RESERVE, content_type=content_type)).decided()
    assert isinstance(event, PostReserved)
    assert event.content_type == content_type


@pytest.mark.parametrize("content_type", ["image/gif", "video/mp4", "image/svg+xml", "IMAGE/JPEG", "", "text/html"])
def test_other_types_are_refused(content_type: str) -> None:
    given().when(replace(RESERVE, content_type=content_type)).then_refused(UnsupportedType)


def test_the_upload_key_is_where_the_media_pipeline_looks() -> None:
    assert RESERVED.upload_key == upload_key(POST)


def test_completing_keeps_the_reserved_description() -> None:
    given(*A_PENDING).when(COMPLETE).then(COMPLETED)


def test_a_description_given_when_completing_stands() -> None:
    new = {"caption": "new", "tags": ("b",), "caption_tags": (), "alt_text": "", "location": None}
    given(*A_PENDING).when(replace(COMPLETE, changes=new)).then(COMPLETED.model_copy(update=new))


@pytest.mark.parametrize("events", [A_COMPLETED, A_PROCESSING, A_PUBLISHED, A_REJECTED])
def test_completing_twice_is_not_news(events: tuple[Any, ...]) -> None:
    given(*events).when(COMPLETE).then_nothing()


def test_a_deleted_post_cannot_be_completed() -> None:
    given(*A_PENDING, CANCELLED).when(COMPLETE).then_refused(Gone)


def test_the_stores_word_completes_an_upload_as_it_was_reserved() -> None:
    given(*A_PENDING).when(NoteUpload(ACTOR, POST)).then(COMPLETED)


def test_the_stores_word_does_not_publish_a_draft() -> None:
    given(RESERVED.model_copy(update={"draft": True})).when(NoteUpload(ACTOR, POST)).then_nothing()


@pytest.mark.parametrize("events", [A_COMPLETED, A_PROCESSING, A_PUBLISHED, A_REJECTED, A_DELETED])
def test_the_stores_word_comes_late_and_changes_nothing(events: tuple[Any, ...]) -> None:
    given(*events).when(NoteUpload(ACTOR, POST)).then_nothing()


def test_each_start_is_a_new_attempt() -> None:
    given(*A_COMPLETED).when(START).then(STARTED)
    given(*A_PROCESSING).when(START).then(ProcessingStarted(author_id=ANN, attempt=2))


def test_a_worker_goes_on_with_its_own_attempt_and_supersedes_any_other() -> None:
    given(*A_PROCESSING).when(replace(START, holds=1)).then_nothing()
    second = ProcessingStarted(author_id=ANN, attempt=2)
    given(*A_PROCESSING, second).when(replace(START, holds=1)).then(ProcessingStarted(author_id=ANN, attempt=3))


@pytest.mark.parametrize("events", [A_PENDING, A_PUBLISHED, A_REJECTED, A_DELETED])
def test_nothing_is_processed_that_does_not_wait_for_it(events: tuple[Any, ...]) -> None:
    given(*events).when(START).then_nothing()


def test_the_current_attempt_publishes_with_the_description_of_the_author() -> None:
    given(*A_PROCESSING).when(PUBLISH).then(PUBLISHED)


def test_a_superseded_attempt_neither_publishes_nor_rejects() -> None:
    second = ProcessingStarted(author_id=ANN, attempt=2)
    given(*A_PROCESSING, second).when(PUBLISH).then_nothing()
    given(*A_PROCESSING, second).when(REJECT).then_nothing()
    (event,) = given(*A_PROCESSING, second).when(replace(PUBLISH, attempt=2)).decided()
    assert event == PUBLISHED.model_copy(update={"attempt": 2})


@pytest.mark.parametrize("events", [A_PUBLISHED, A_REJECTED, A_DELETED, (*A_PROCESSING, CANCELLED)])
def test_a_late_worker_changes_nothing(events: tuple[Any, ...]) -> None:
    given(*events).when(PUBLISH).then_nothing()
    given(*events).when(REJECT).then_nothing()


def test_the_current_attempt_rejects() -> None:
    given(*A_PROCESSING).when(REJECT).then(REJECTED)


@pytest.mark.parametrize("events", [A_PENDING, A_COMPLETED, A_PROCESSING, A_REJECTED])
def test_deleting_before_publication_cancels(events: tuple[Any, ...]) -> None:
    given(*events).when(DELETE).then(CANCELLED)


def test_deleting_a_published_post_says_what_readers_sort_by() -> None:
    given(*A_PUBLISHED).when(DELETE).then(DELETED)


def test_deleting_twice_says_nothing_new() -> None:
    given(*A_DELETED).when(DELETE).then_nothing()


def test_only_the_author_deletes_a_post() -> None:
    given(*A_PUBLISHED).when(replace(DELETE, actor=EVE)).then_refused(NotYours)


@pytest.mark.parametrize("events", [A_PENDING, A_PROCESSING, A_REJECTED, (*A_PENDING, CANCELLED)])
@pytest.mark.parametrize("command", [DELETE, COMPLETE])
def test_an_unpublished_post_is_unknown_to_others(events: tuple[Any, ...], command: Any) -> None:
    given(*events).when(replace(command, actor=EVE)).then_refused(UnknownPost)


def test_a_deleted_post_is_gone_for_others() -> None:
    given(*A_DELETED).when(replace(DELETE, actor=EVE)).then_refused(Gone)


@pytest.mark.parametrize("command", [COMPLETE, START, PUBLISH, REJECT, DELETE])
def test_nothing_happens_to_a_post_that_was_never_reserved(command: Command) -> None:
    given().when(command).then_refused(UnknownPost)


def test_a_post_can_be_deleted_when_the_authors_key_is_gone() -> None:
    gone = dict.fromkeys(Said, REDACTED)
    redacted = [event.model_copy(update=gone) for event in (RESERVED, COMPLETED, PUBLISHED)]
    given(redacted[0], redacted[1], STARTED, redacted[2]).when(DELETE).then(DELETED)


def test_what_cannot_happen_to_a_post_is_a_fault() -> None:
    with pytest.raises(TypeError, match="UsernameClaimed does not happen to a post"):
        folded(UsernameClaimed(account_id=ANN), kind="post")
    with pytest.raises(TypeError, match="PostPublished does not happen to a post"):
        folded(PUBLISHED, kind="post")
