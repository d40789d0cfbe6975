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
        for _ in range(2):
            assert related.flags([post(1)], [True]) == bytes([flag])


def test_each_post_of_a_page_has_its_own() -> None:
    related = Relation({**dict.fromkeys(members(post(1)), True), **dict.fromkeys(members(post(2, author=2)), False)})
    page = [post(1), post(2, author=2), post(1)]
    assert related.flags(page, [True, True, False]) == bytes([FOLLOWED + FOLLOWS + LIKED, 0, FOLLOWED + FOLLOWS])


def test_another_page_is_not_answered_as_the_last_one() -> None:
    related = Relation({**dict.fromkeys(members(post(1)), True), **dict.fromkeys(members(post(2, author=2)), False)})
    for one, flags in ((post(1), FOLLOWED + FOLLOWS + LIKED), (post(2, author=2), 0)) * 2:
        assert related.flags([one], [True]) == bytes([flags])


def test_what_is_not_known_is_not_made_up() -> None:
    related = Relation(dict.fromkeys(members(post(1)), True))
    for other in (post(2), post(2, author=2)):
        with pytest.raises(KeyError):
            related.flags([post(1), other], [True, True])
    assert OF_NOBODY.flags([post(2, author=2)], [True]) == bytes([NOBODY])


def test_of_a_post_that_nobody_likes_nothing_need_be_known() -> None:
    followed, follows, _ = members(post(1))
    related = Relation({followed: True, follows: False})
    for _ in range(2):
        assert related.flags([post(1)], [False]) == bytes([FOLLOWED])
    with pytest.raises(KeyError):
        related.flags([post(1)], [True])
    assert OF_NOBODY.flags([post(1)], [False]) == bytes([NOBODY])


def test_what_was_said_while_nobody_liked_a_post_is_not_said_once_somebody_does() -> None:
    related = Relation(dict.fromkeys(members(post(1)), True))
    assert related.flags([post(1)], [False]) == bytes([FOLLOWED + FOLLOWS])
    assert related.flags([post(1)], [True]) == bytes([FOLLOWED + FOLLOWS + LIKED])
