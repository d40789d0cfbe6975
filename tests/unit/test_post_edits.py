"""Edits of a post: what they name changes, whatever became of the rest; a completion may bring one."""

from dataclasses import replace

from commands.post_commands import CompleteUpload, EditPost
from schemas.errors import Gone
from schemas.refusals import NotYours
from tests.unit.given import given
from tests.unit.samples import ANN, EDITED, EVE, POST, PUBLISHED
from tests.unit.test_posts import A_COMPLETED, A_DELETED, A_PROCESSING, A_PUBLISHED, PUBLISH


def test_completing_with_another_caption_after_the_stores_word_is_an_edit() -> None:
    better = {"caption": "Said better", "caption_tags": ()}
    given(*A_COMPLETED).when(CompleteUpload(ANN, POST, better)).then(EDITED.model_copy(update={"picture": None}))
    given(*A_PUBLISHED).when(CompleteUpload(ANN, POST, better)).then(EDITED)


def test_an_edit_tells_the_whole_post_and_the_same_again_is_not_news() -> None:
    better = EditPost(ANN, POST, {"caption": "Said better", "caption_tags": ()})
    given(*A_PUBLISHED).when(better).then(EDITED)
    given(*A_PUBLISHED, EDITED).when(better).then_nothing()


def test_an_edit_changes_what_it_names_and_leaves_what_another_has_changed_meanwhile() -> None:
    described = EDITED.model_copy(update={"alt_text": "A boat"})
    given(*A_PUBLISHED, EDITED).when(EditPost(ANN, POST, {"alt_text": "A boat"})).then(described)


def test_what_was_edited_while_it_was_processed_is_published_so() -> None:
    edited = EDITED.model_copy(update={"picture": None})
    said = {"caption": "Said better", "caption_tags": ()}
    given(*A_PROCESSING, edited).when(PUBLISH).then(PUBLISHED.model_copy(update=said))


def test_a_deleted_post_cannot_be_edited_and_a_strangers_is_not_ours() -> None:
    edit = EditPost(ANN, POST, {"caption": ""})
    given(*A_DELETED).when(edit).then_refused(Gone)
    given(*A_PUBLISHED).when(replace(edit, actor=EVE)).then_refused(NotYours)
