"""What a card differs in by viewer, as it is known of one viewer."""

import pytest

from query_api.relations import NOBODY, Relation, members_of


def test_flags_are_how_the_viewer_stands_to_author_and_post() -> None:
    members = members_of("po_1", "ac_1")
    for flags in ((True, False, False), (False, True, False), (False, False, True)):
        related = Relation(dict(zip(members, flags, strict=True)))
        for _ in range(2):
            assert related.flags("po_1", "ac_1") == flags


def test_what_is_not_known_is_not_made_up() -> None:
    related = Relation(dict.fromkeys(members_of("po_1", "ac_1"), True))
    for post, author in (("po_2", "ac_1"), ("po_2", "ac_2")):
        with pytest.raises(KeyError):
            related.flags(post, author)
    assert NOBODY.flags("po_2", "ac_2") == (None, None, None)


def test_of_a_post_that_nobody_likes_nothing_need_be_known() -> None:
    followed, follows, _ = members_of("po_1", "ac_1")
    related = Relation({followed: True, follows: False})
    for _ in range(2):
        assert related.flags("po_1", "ac_1", liked=False) == (True, False, False)
    with pytest.raises(KeyError):
        related.flags("po_1", "ac_1", liked=True)
    assert NOBODY.flags("po_1", "ac_1", liked=False) == (None, None, None)


def test_what_was_said_while_nobody_liked_a_post_is_not_said_once_somebody_does() -> None:
    related = Relation(dict.fromkeys(members_of("po_1", "ac_1"), True))
    assert related.flags("po_1", "ac_1", liked=False) == (True, True, False)
    assert related.flags("po_1", "ac_1", liked=True) == (True, True, True)
