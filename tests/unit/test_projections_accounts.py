"""The accounts read model: event in, effects out."""

from events.accounts import UsernameClaimed
from events.personal import REDACTED
from projections.accounts import ACCOUNTS, PROJECTION, USERNAMES
from projections.effects import Put
from tests.unit.samples import ANN, CHANGED, NOON, OPENED, recorded

STREAM = f"account/{ANN}"
SHOWN = {"account_id": ANN, "username": "Ann", "email": "ann@example.org", "opened_at": NOON, "avatar": None}


def test_an_opened_account_is_shown_and_found_by_its_folded_name() -> None:
    assert PROJECTION.effects(recorded(OPENED, STREAM)) == [
        Put(ACCOUNTS, **SHOWN, display_name="Ann A.", bio=""),
        Put(USERNAMES, folded_name="ann", account_id=ANN),
    ]


def test_a_changed_profile_is_written_whole_and_keeps_its_name() -> None:
    assert PROJECTION.effects(recorded(CHANGED, STREAM, 2)) == [Put(ACCOUNTS, **SHOWN, display_name="Änne", bio="Hi")]


def test_an_account_whose_key_is_gone_has_no_name_to_be_found_by() -> None:
    redacted = OPENED.model_copy(update={"username": REDACTED, "email": REDACTED, "display_name": REDACTED})
    nothing = dict.fromkeys(["username", "email", "display_name", "avatar"])
    shown = {**nothing, "account_id": ANN, "bio": "", "opened_at": NOON}
    assert PROJECTION.effects(recorded(redacted, STREAM)) == [Put(ACCOUNTS, **shown)]


def test_a_claimed_username_shows_nothing_yet() -> None:
    assert PROJECTION.effects(recorded(UsernameClaimed(account_id=ANN), "username/5f")) == []
