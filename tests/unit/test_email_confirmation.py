"""Confirming an address, as the account aggregate decides it and the read models show it."""

from commands.accounts import ChangeProfile, ConfirmEmail
from events.accounts import EmailConfirmed
from events.personal import REDACTED
from projections.accounts import ACCOUNTS, CONFIRMED_EMAILS, PROJECTION
from projections.effects import Put
from schemas.refusals import ConfirmationUsed, UnknownAccount
from tests.unit.given import folded, given
from tests.unit.samples import ANN, CHANGED, CONFIRMED, NOON, OPENED, recorded

FIRST = ConfirmEmail(ANN, "ann@example.com", turn=0)


def confirmed(email: str) -> EmailConfirmed:
    return CONFIRMED.model_copy(update={"email": email})


def test_a_confirmed_address_is_said_with_the_whole_profile() -> None:
    given(OPENED, CHANGED).when(FIRST).then(CONFIRMED)


def test_the_address_of_the_sign_up_can_be_confirmed_too() -> None:
    same = ConfirmEmail(ANN, "ann@example.org", turn=0)
    given(OPENED, CHANGED).when(same).then(confirmed("ann@example.org"))


def test_confirming_the_same_address_again_is_not_news() -> None:
    given(OPENED, CHANGED, CONFIRMED).when(FIRST).then_nothing()
    given(OPENED, CHANGED, CONFIRMED).when(ConfirmEmail(ANN, "ann@example.com", turn=1)).then_nothing()


def test_a_confirmation_is_for_the_turn_that_it_was_asked_for_in() -> None:
    given(OPENED, CHANGED, CONFIRMED).when(ConfirmEmail(ANN, "old@example.org", turn=0)).then_refused(ConfirmationUsed)
    given(OPENED, CHANGED).when(ConfirmEmail(ANN, "ann@example.com", turn=1)).then_refused(ConfirmationUsed)
    later = ConfirmEmail(ANN, "ann@example.net", turn=1)
    given(OPENED, CHANGED, CONFIRMED).when(later).then(confirmed("ann@example.net"))


def test_an_account_that_does_not_exist_confirms_nothing() -> None:
    given().when(FIRST).then_refused(UnknownAccount)


def test_a_profile_that_changes_later_says_the_confirmed_address() -> None:
    after = given(OPENED, CHANGED, CONFIRMED).when(ChangeProfile(ANN, None, "Ho"))
    after.then(CHANGED.model_copy(update={"email": "ann@example.com", "bio": "Ho"}))
    assert folded(OPENED, CHANGED, CONFIRMED, kind="account").confirmations == 1


def test_a_confirmed_address_is_shown_as_such() -> None:
    profile = {
        "username": "Ann",
        "email": "ann@example.com",
        "display_name": "Änne",
        "bio": "Hi",
        "opened_at": NOON,
        "avatar": None,
    }
    assert PROJECTION.effects(recorded(CONFIRMED, f"account/{ANN}", 3)) == [
        Put(ACCOUNTS, account_id=ANN, **profile),
        Put(CONFIRMED_EMAILS, account_id=ANN, email="ann@example.com"),
    ]


def test_an_address_whose_key_is_gone_is_shown_nowhere() -> None:
    redacted = CONFIRMED.model_copy(update=dict.fromkeys(("username", "email", "display_name", "bio"), REDACTED))
    effects = PROJECTION.effects(recorded(redacted, f"account/{ANN}", 3))
    assert [effect.row["email"] for effect in effects if isinstance(effect, Put)] == [None, None]
