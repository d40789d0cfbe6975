"""A published post made again: what is said of it, and what has it say nothing."""

from dataclasses import replace
from typing import Any

import pytest

from commands.post_commands import RemakePost
from commands.post_state import Description, Post
from events.posts import PostRemade
from processors.works import ACTOR
from tests.unit.given import folded, given
from tests.unit.samples import (
    COMPLETED,
    DELETED,
    EDITED,
    NOON,
    POST,
    PUBLISHED,
    REMADE,
    REMOVED,
    RESERVED,
    SAID,
    STARTED,
)

_SAID: Any = SAID
PUBLIC = (RESERVED, COMPLETED, STARTED, PUBLISHED)
REMAKE = RemakePost(ACTOR, POST, 2, PUBLISHED.renditions, 1080, 720, "L00000", Description(**_SAID), NOON)


def test_it_says_all_that_readers_are_shown_and_keeps_its_place() -> None:
    given(*PUBLIC).when(REMAKE).then(REMADE)
    state: Post = folded(*PUBLIC, REMADE, kind="post")
    assert (state.status, state.attempt, state.published_at) == ("published", 2, PUBLISHED.published_at)


def test_of_several_who_make_it_again_one_says_so() -> None:
    given(*PUBLIC, REMADE).when(REMAKE).then_nothing()
    (again,) = given(*PUBLIC, REMADE).when(replace(REMAKE, attempt=3)).decided()
    assert isinstance(again, PostRemade)


@pytest.mark.parametrize("since", [EDITED, REMOVED, DELETED])
def test_nothing_is_said_of_a_post_that_is_not_as_it_was_seen(since: object) -> None:
    given(*PUBLIC, since).when(REMAKE).then_nothing()  # type: ignore[arg-type]
