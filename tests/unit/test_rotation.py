"""Refresh tokens, as the pure `rotate` has them: rotation, pairs that go on by themselves, and what ends a family."""

from dataclasses import replace

import orjson
import pytest

from commands.limits import STATED
from commands.ports import Pair, Session, Use
from commands.rotation import InvalidGrant, ended, rotate
from infra.stored import SESSION_COLUMNS, session_of, session_values
from schemas.errors import RateLimited
from schemas.ids import Millis, SessionId
from tests.unit.samples import ANN, NOON

LIFETIME_MS, GRACE_MS = STATED.refresh_token_s * 1000, STATED.refresh_grace_s * 1000
FRESH = Session(
    id=SessionId("se_1"),
    account_id=ANN,
    opened_at=NOON,
    expires_at=NOON + LIFETIME_MS,
    current=(Pair("first", NOON),),
    used=(),
    used_at=NOON,
)


def after(session: Session, *shown: str, at: Millis = NOON) -> Session:
    """The session after these tokens were shown, each answered with `<token>+`, `<token>++` ..."""
    for token in shown:
        given = {pair.token for pair in session.current} | {use.token for use in session.used}
        successor = f"{token}+"
        while successor in given:
            successor += "+"
        session = rotate(session, token, successor, at, STATED)
    return session


def tokens(session: Session) -> list[str]:
    return [pair.token for pair in session.current]


ONCE = after(FRESH, "first")


def test_using_a_token_issues_its_successor() -> None:
    later = NOON + 1_000
    turned = rotate(FRESH, "first", "second", later, STATED)
    assert (turned.current, turned.used, turned.used_at) == (
        (Pair("second", later),),
        (Use("first", later, 1),),
        later,
    )
    assert not turned.ended


def test_every_step_is_the_next_revision() -> None:
    assert ONCE.revision == FRESH.revision + 1
    assert after(ONCE, "first").revision == ONCE.revision + 1
    assert after(ONCE, "stolen").revision == ONCE.revision + 1


def test_each_use_extends_the_session_by_its_whole_lifetime() -> None:
    later = NOON + LIFETIME_MS - 1
    assert after(FRESH, "first", at=later).expires_at == later + LIFETIME_MS


def test_an_expired_session_ends() -> None:
    assert after(FRESH, "first", at=FRESH.expires_at).ended
    assert not after(FRESH, "first", at=FRESH.expires_at - 1).ended


def test_an_ended_session_stays_ended() -> None:
    assert after(replace(FRESH, ended=True), "first").ended


def test_an_ended_session_is_forgotten_after_a_while_and_never_later_than_it_would_have_been() -> None:
    assert ended(FRESH, NOON, STATED).expires_at == NOON + STATED.ended_session_s * 1000
    late = FRESH.expires_at - 1
    assert ended(FRESH, late, STATED).expires_at == FRESH.expires_at


@pytest.mark.parametrize("late", [0, 1, GRACE_MS])
def test_a_used_token_comes_again_within_the_grace_and_gets_a_pair_of_its_own(late: int) -> None:
    again = after(ONCE, "first", at=NOON + late)
    assert not again.ended
    assert tokens(again) == ["first+", "first++"]


def test_a_used_token_that_comes_later_ends_its_family() -> None:
    assert after(ONCE, "first", at=NOON + GRACE_MS + 1).ended


def test_the_grace_counts_from_the_first_use_and_is_not_extended_by_repeats() -> None:
    again = after(ONCE, "first", at=NOON + GRACE_MS)
    assert after(again, "first", at=NOON + GRACE_MS + 1).ended


def test_pairs_go_on_each_by_itself_for_as_long_as_they_like() -> None:
    session = after(ONCE, "first")
    for day in range(1, 200):
        at = NOON + day * 24 * 3_600_000
        session = after(session, f"first{'+' * (2 * day - 1)}", f"first{'+' * 2 * day}", at=at)
        assert not session.ended
        assert len(session.current) == 2
        assert len(session.used) == 2, "what cannot come again is forgotten"
        renamed = [Pair(f"first{'+' * (2 * day + 1 + place)}", at) for place in range(2)]
        session = replace(session, current=tuple(renamed))


def test_a_token_gets_eight_pairs_and_one_more_ends_nothing() -> None:
    session = after(FRESH, *["first"] * 8)
    assert len(session.current) == STATED.refresh_pairs == 8
    with pytest.raises(InvalidGrant):
        after(session, "first")
    for token in tokens(session):
        session = after(session, token)
        assert not session.ended
    assert len(session.current) == 8


def test_every_one_of_eight_pairs_may_get_eight_of_its_own() -> None:
    eight = after(FRESH, *["first"] * 8)
    session = after(eight, *[token for token in tokens(eight) for _ in range(8)])
    assert len(session.current) == STATED.session_pairs == 64
    for token in tokens(session)[:40]:
        session = after(session, token)
    assert not session.ended


def test_of_more_pairs_than_a_session_may_have_the_oldest_is_given_up() -> None:
    full = replace(FRESH, current=tuple(Pair(f"tab {number}", NOON) for number in range(STATED.session_pairs)))
    session = after(full, "tab 7", "tab 7")
    assert len(session.current) == STATED.session_pairs
    assert tokens(session)[0] == "tab 1"
    assert after(session, "tab 0").ended, "it cannot be told from a stolen one"


def test_a_session_is_refreshed_only_so_often_and_that_ends_nothing() -> None:
    session, token = FRESH, "first"
    for number in range(STATED.session_refreshes):
        session, token = rotate(session, token, f"token {number}", NOON + number, STATED), f"token {number}"
    now = NOON + STATED.session_refreshes
    with pytest.raises(RateLimited) as refusal:
        after(session, token, at=now)
    assert (refusal.value.limit, refusal.value.reset_at) == (STATED.session_refreshes, NOON + GRACE_MS)
    assert not after(session, token, at=NOON + GRACE_MS + 1).ended


def test_however_it_is_used_a_session_stays_small() -> None:
    session, token = FRESH, "0" * 64
    session = replace(session, current=(Pair(token, NOON),))
    for number in range(400):
        try:
            session, token = (
                rotate(session, token, f"{number:064}", NOON + number, STATED),
                f"{number:064}" if number % 3 else token,
            )
        except (InvalidGrant, RateLimited):
            token = session.current[-1].token
    assert sum(len(value) for value in session_values(session) if isinstance(value, str)) < 30_000


def test_a_pair_that_lay_unused_for_its_lifetime_is_over_and_ends_nothing() -> None:
    session = after(ONCE, "first")
    used = after(session, "first+", at=NOON + LIFETIME_MS - 1)
    with pytest.raises(InvalidGrant):
        after(used, "first++", at=NOON + LIFETIME_MS)


def test_a_token_from_long_ago_ends_its_family() -> None:
    assert after(after(ONCE, "first+"), "first", at=NOON + GRACE_MS + 1).ended


def test_an_unknown_token_ends_the_family_it_pretends_to() -> None:
    assert after(FRESH, "guessed").ended


def test_a_session_of_an_earlier_version_goes_on() -> None:
    stored = dict(zip(SESSION_COLUMNS.split(", "), session_values(ONCE), strict=True)) | {"id": ONCE.id}
    before = {**stored, "family": None, "current": orjson.dumps(["a", "b"]).decode(), "used": "first"}
    read = session_of(before)
    assert read == replace(ONCE, current=(Pair("a", NOON), Pair("b", NOON)), used=(Use("first", NOON, 2),))
    assert not after(read, "a", "b", "first").ended


def test_what_a_process_of_an_earlier_version_wrote_in_between_is_read() -> None:
    stored = dict(zip(SESSION_COLUMNS.split(", "), session_values(ONCE), strict=True)) | {"id": ONCE.id}
    later = NOON + 5
    between = {**stored, "current": orjson.dumps(["next"]).decode(), "used": "first+", "used_at": later}
    read = session_of(between)
    assert read.current == (Pair("next", later),)
    assert read.used == (Use("first", NOON, 1), Use("first+", later, 1))
