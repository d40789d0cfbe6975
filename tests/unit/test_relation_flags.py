"""What the cards of a page differ in by viewer, as it is known of one viewer."""

import pytest

from projections.ports import FeedEntry
from query_api.card_memory import FOLLOWED, FOLLOWS, LIKED, NOBODY
from query_api.relations import OF_NOBODY, Relation, members_of
from schemas.ids import AccountId, PostId


def post(number: int, author: int = 1) -> FeedEntry:
    return FeedEntry(number, PostId(f"po_{number}"), AccountId(f"ac_{author}"))


def members(of: FeedEntry) -> tuple[str, str, str]:
    return members_of(of.post_id, of.author_id)


def test_flags_are_how_the_viewer_stands_to_author_and_post() -> None:
    for flag, said in ((FOLLOWED, (1, 0, 0)), (FOLLOWS, (0, 1, 0)), (LIKED, (0, 0, 1)), (FOLLOWED + LIKED, (1, 0, 1))):
        related = Relation(dict(zip(members(post(1)), map(bool, said), strict=True)))
        assert related.flags(post(1), liked=True) == flag


def test_what_is_not_known_is_not_made_up() -> None:
    related = Relation(dict.fromkeys(members(post(1)), True))
    for other in (post(2), post(2, author=2)):
        with pytest.raises(KeyError):
            related.flags(other, liked=True)
    assert OF_NOBODY.flags(post(2, author=2), liked=True) == NOBODY


def test_of_a_post_that_nobody_likes_nothing_need_be_known() -> None:
    followed, follows, _ = members(post(1))
    related = Relation({followed: True, follows: False})
    assert related.flags(post(1), liked=False) == FOLLOWED
    with pytest.raises(KeyError):
        related.flags(post(1), liked=True)
    assert OF_NOBODY.flags(post(1), liked=False) == NOBODY


def test_a_like_that_is_known_is_not_said_while_nobody_likes_the_post() -> None:
    related = Relation(dict.fromkeys(members(post(1)), True))
    assert related.flags(post(1), liked=False) == FOLLOWED + FOLLOWS
    assert related.flags(post(1), liked=True) == FOLLOWED + FOLLOWS + LIKED
