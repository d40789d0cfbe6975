"""Refresh tokens, as the pure `rotate` has them: rotation, the grace for lost answers, and what ends a family."""

from dataclasses import replace

import pytest

from commands.ports import Session
from commands.sessions import GRACE_MS, MAX_SUCCESSORS, REFRESH_LIFETIME_MS, rotate
from schemas.ids import SessionId
from tests.unit.samples import ANN, NOON

FRESH = Session(
    id=SessionId("se_1"),
    account_id=ANN,
    opened_at=NOON,
    expires_at=NOON + REFRESH_LIFETIME_MS,
    current=("first",),
    used="",
    used_at=NOON,
)
ONCE = rotate(FRESH, "first", "second", NOON)
"""Its first token was used, and answered with the second."""


def test_using_a_token_issues_its_successor() -> None:
    later = NOON + 1_000
    turned = rotate(FRESH, "first", "second", later)
    assert (turned.current, turned.used, turned.used_at) == (("second",), "first", later)
    assert not turned.ended


def test_every_step_is_the_next_revision() -> None:
    assert ONCE.revision == FRESH.revision + 1
    assert rotate(ONCE, "first", "x", NOON).revision == ONCE.revision + 1
    assert rotate(ONCE, "stolen", "x", NOON).revision == ONCE.revision + 1


def test_each_use_extends_the_session_by_its_whole_lifetime() -> None:
    later = NOON + REFRESH_LIFETIME_MS - 1
    assert rotate(FRESH, "first", "second", later).expires_at == later + REFRESH_LIFETIME_MS


def test_an_expired_session_ends() -> None:
    assert rotate(FRESH, "first", "second", FRESH.expires_at).ended
    assert not rotate(FRESH, "first", "second", FRESH.expires_at - 1).ended


def test_an_ended_session_stays_ended() -> None:
    ended = replace(FRESH, ended=True)
    assert rotate(ended, "first", "second", NOON).ended


@pytest.mark.parametrize("late", [0, 1, GRACE_MS])
def test_a_token_whose_answer_was_lost_comes_again_within_the_grace(late: int) -> None:
    again = rotate(ONCE, "first", "third", NOON + late)
    assert not again.ended
    assert again.current == ("second", "third"), "either answer may have arrived"


def test_after_the_grace_a_used_token_ends_its_family() -> None:
    assert rotate(ONCE, "first", "third", NOON + GRACE_MS + 1).ended


def test_the_grace_counts_from_the_first_use_and_is_not_extended_by_repeats() -> None:
    again = rotate(ONCE, "first", "third", NOON + GRACE_MS)
    assert again.used_at == NOON
    assert rotate(again, "first", "fourth", NOON + GRACE_MS + 1).ended


@pytest.mark.parametrize("arrived", ["second", "third"])
def test_either_successor_continues_and_retires_the_other(arrived: str) -> None:
    again = rotate(ONCE, "first", "third", NOON)
    continued = rotate(again, arrived, "fourth", NOON)
    assert (continued.current, continued.used) == (("fourth",), arrived)


@pytest.mark.parametrize("reused", ["first", "third"])
def test_once_a_successor_was_used_neither_its_rival_nor_its_predecessor_comes_again(reused: str) -> None:
    continued = rotate(rotate(ONCE, "first", "third", NOON), "second", "fourth", NOON)
    assert rotate(continued, reused, "fifth", NOON).ended


def test_a_token_gets_only_so_many_successors() -> None:
    session = ONCE
    for number in range(MAX_SUCCESSORS - 1):
        session = rotate(session, "first", f"again {number}", NOON)
    assert not session.ended
    assert len(session.current) == MAX_SUCCESSORS
    assert rotate(session, "first", "one more", NOON).ended


def test_a_token_from_long_ago_ends_its_family() -> None:
    thrice = rotate(rotate(ONCE, "second", "third", NOON), "third", "fourth", NOON)
    assert rotate(thrice, "first", "fifth", NOON).ended


def test_an_unknown_token_ends_the_family_it_pretends_to() -> None:
    assert rotate(FRESH, "guessed", "second", NOON).ended
