"""Refresh tokens: which session they say, and whether we issued them, also while the site's secret is rotated."""

from dataclasses import replace

import pytest

from commands.ports import Pair, Use
from commands.refresh_tokens import RefreshTokens, digest
from schemas.ids import SessionId
from tests.unit.samples import NOON
from tests.unit.test_rotation import FRESH

OLD, NEW = b"the old secret", b"the new secret"
ID = SessionId("se_0000000000S")
SESSION = replace(FRESH, id=ID)


def test_a_token_says_its_session_and_is_ours() -> None:
    tokens = RefreshTokens([OLD])
    token = tokens.make(ID)
    assert tokens.session_of(token) == ID
    assert tokens.is_of(token, SESSION)
    assert tokens.make(ID) != token


def test_a_token_that_was_changed_is_not_ours() -> None:
    tokens = RefreshTokens([OLD])
    session, secret, mac = tokens.make(ID).split(".")
    for forged in (f"{session}.{secret}x.{mac}", f"{session}.{secret}.{'0' * 32}", f"{session}.x.{mac}"):
        assert not tokens.is_of(forged, SESSION)


@pytest.mark.parametrize("text", ["", "x", "a.b.c", f"{ID}.x", f"{ID}.x.y", ID, "..", f"po_0000000000P.x.{'0' * 32}"])
def test_what_has_not_the_form_of_a_token_names_no_session(text: str) -> None:
    assert RefreshTokens([OLD]).session_of(text) is None


def test_while_a_secret_is_rotated_tokens_of_both_are_ours_and_new_ones_are_of_the_new_one() -> None:
    both = RefreshTokens([NEW, OLD])
    assert both.is_of(RefreshTokens([OLD]).make(ID), SESSION)
    assert RefreshTokens([NEW]).is_of(both.make(ID), SESSION)


def test_a_token_of_a_forgotten_secret_goes_on_as_long_as_the_vault_knows_it_just_now() -> None:
    token, new = RefreshTokens([OLD]).make(ID), RefreshTokens([NEW])
    assert new.is_of(token, replace(SESSION, current=(Pair(digest(token), NOON),)))
    assert new.is_of(token, replace(SESSION, used=(Use(digest(token), NOON, 1),)))
    assert not new.is_of(token, SESSION), "and ends nothing when it is older"
