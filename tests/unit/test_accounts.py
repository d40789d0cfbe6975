"""The account aggregate, and usernames that belong to one account for ever."""

from dataclasses import replace

import pytest

from commands.accounts import ChangeProfile, ClaimUsername, OpenAccount, account_stream, username_stream
from events.accounts import UsernameClaimed
from events.posts import PostRejected
from schemas.refusals import UnknownAccount, UsernameTaken
from tests.unit.given import folded, given
from tests.unit.samples import ANN, CHANGED, EVE, NOON, OPENED

OPEN = OpenAccount(ANN, "Ann", "ann@example.org", "Ann A.", NOON)
CHANGE = ChangeProfile(ANN, display_name="Änne", bio="Hi")
CLAIM = ClaimUsername(ANN, "5f", OPEN)


def test_signing_up_opens_an_account() -> None:
    given().when(OPEN).then(OPENED)


def test_without_a_display_name_one_is_shown_under_ones_username() -> None:
    given().when(replace(OPEN, display_name="")).then(OPENED.model_copy(update={"display_name": "Ann"}))


def test_opening_an_account_twice_is_not_news() -> None:
    given(OPENED).when(OPEN).then_nothing()


def test_a_changed_profile_is_said_whole() -> None:
    given(OPENED).when(CHANGE).then(CHANGED)


def test_what_is_left_out_stays() -> None:
    given(OPENED, CHANGED).when(ChangeProfile(ANN, None, "Ho")).then(CHANGED.model_copy(update={"bio": "Ho"}))
    given(OPENED, CHANGED).when(ChangeProfile(ANN, "A", None)).then(CHANGED.model_copy(update={"display_name": "A"}))


def test_a_cleared_display_name_is_the_username_again() -> None:
    given(OPENED, CHANGED).when(ChangeProfile(ANN, "", None)).then(CHANGED.model_copy(update={"display_name": "Ann"}))


def test_a_cleared_bio_is_empty() -> None:
    given(OPENED, CHANGED).when(ChangeProfile(ANN, None, "")).then(CHANGED.model_copy(update={"bio": ""}))


@pytest.mark.parametrize("command", [CHANGE, ChangeProfile(ANN, None, None), ChangeProfile(ANN, "Änne", None)])
def test_a_change_to_what_is_so_already_is_not_news(command: ChangeProfile) -> None:
    given(OPENED, CHANGED).when(command).then_nothing()


def test_an_account_that_does_not_exist_cannot_be_changed() -> None:
    given().when(CHANGE).then_refused(UnknownAccount)


def test_the_first_to_claim_a_username_has_it() -> None:
    given().when(CLAIM).then(UsernameClaimed(account_id=ANN))


def test_a_claimed_username_is_taken_for_everybody_else() -> None:
    given(UsernameClaimed(account_id=ANN)).when(replace(CLAIM, actor=EVE)).then_refused(UsernameTaken)


def test_claiming_ones_own_username_again_is_not_news() -> None:
    given(UsernameClaimed(account_id=ANN)).when(CLAIM).then_nothing()


def test_an_account_and_its_username_are_streams_of_their_own() -> None:
    assert (OPEN.stream, CHANGE.stream, CLAIM.stream) == (account_stream(ANN), account_stream(ANN), "username/5f")
    assert username_stream("5f") == "username/5f"


@pytest.mark.parametrize("kind", ["account", "username"])
def test_what_cannot_happen_is_a_fault(kind: str) -> None:
    with pytest.raises(TypeError, match=f"PostRejected does not happen to an? {kind}"):
        folded(PostRejected(author_id=ANN, reason="corrupt"), kind=kind)
