"""An avatar's way through the account's stream: one upload at a time, and only its latest attempt is shown."""

from dataclasses import replace

import pytest

from commands.accounts import ChangeProfile
from commands.avatars import CompleteAvatar, RejectAvatar, RemoveAvatar, ReserveAvatar, ShowAvatar, StartAvatar
from events.accounts import Avatar
from events.avatars import AvatarChanged
from projections.accounts import ACCOUNTS, AVATARS, PROJECTION
from projections.effects import Put
from schemas.errors import UnsupportedType
from schemas.refusals import UnknownAvatar
from tests.unit.given import given
from tests.unit.sample_files import AVATAR, OTHER_AVATAR, avatar
from tests.unit.samples import (
    ANN,
    AVATAR_CHANGED,
    AVATAR_REJECTED,
    AVATAR_RESERVED,
    AVATAR_STARTED,
    AVATAR_UPLOADED,
    CHANGED,
    OPENED,
    recorded,
)

RESERVE = ReserveAvatar(ANN, ANN, AVATAR, "image/jpeg", 9, None)
OTHER = replace(RESERVE, avatar_id=OTHER_AVATAR)
SHOW = ShowAvatar(ANN, ANN, AVATAR, 1, avatar().files)
BEGUN = (OPENED, CHANGED, AVATAR_RESERVED, AVATAR_UPLOADED, AVATAR_STARTED)
FIRST = AVATAR_CHANGED.model_copy(update={"removes": ()})


def test_an_avatar_is_reserved_uploaded_taken_up_and_shown_with_the_profile_whole() -> None:
    given(OPENED, CHANGED).when(RESERVE).then(AVATAR_RESERVED)
    given(*BEGUN[:3]).when(CompleteAvatar(ANN, ANN, AVATAR)).then(AVATAR_UPLOADED)
    given(*BEGUN[:4]).when(StartAvatar(ANN, ANN, AVATAR)).then(AVATAR_STARTED)
    given(*BEGUN).when(SHOW).then(FIRST)


def test_whatever_is_said_again_is_not_news() -> None:
    given(*BEGUN).when(RESERVE).then_nothing()
    given(*BEGUN).when(CompleteAvatar(ANN, ANN, AVATAR)).then_nothing()
    given(*BEGUN).when(StartAvatar(ANN, ANN, AVATAR, holds=1)).then_nothing()
    given(*BEGUN, FIRST).when(SHOW).then_nothing()
    given(*BEGUN, FIRST).when(CompleteAvatar(ANN, ANN, AVATAR)).then_nothing()


def test_a_newer_reservation_comes_in_place_of_what_is_not_shown_yet() -> None:
    (event,) = given(*BEGUN).when(OTHER).decided()
    assert event.removes == (AVATAR,)  # type: ignore[attr-defined]
    given(*BEGUN, event).when(SHOW).then_nothing()
    given(*BEGUN, event).when(CompleteAvatar(ANN, ANN, AVATAR)).then_refused(UnknownAvatar)


def test_an_attempt_that_was_superseded_shows_nothing() -> None:
    again = AVATAR_STARTED.model_copy(update={"attempt": 2})
    given(*BEGUN, again).when(SHOW).then_nothing()
    given(*BEGUN, again).when(RejectAvatar(ANN, ANN, AVATAR, 1, "corrupt")).then_nothing()


def test_what_is_shown_goes_when_another_comes() -> None:
    shown = FIRST.model_copy(update={"avatar": avatar(OTHER_AVATAR)})
    given(OPENED, CHANGED, shown, *BEGUN[2:]).when(SHOW).then(AVATAR_CHANGED)


def test_a_rejected_avatar_leaves_the_one_that_is_shown() -> None:
    given(*BEGUN).when(RejectAvatar(ANN, ANN, AVATAR, 1, "corrupt")).then(AVATAR_REJECTED)
    (event,) = given(*BEGUN, FIRST, *BEGUN[2:], AVATAR_REJECTED).when(ChangeProfile(ANN, None, "Ho")).decided()
    assert event.avatar == avatar()  # type: ignore[attr-defined]


def test_taking_an_avatar_away_cancels_what_is_under_way_too() -> None:
    later = AVATAR_RESERVED.model_copy(update={"avatar_id": OTHER_AVATAR})
    gone = AvatarChanged(**{**dict(FIRST), "avatar": None, "removes": (AVATAR, OTHER_AVATAR)})
    given(*BEGUN, FIRST, later).when(RemoveAvatar(ANN, ANN)).then(gone)
    given(OPENED).when(RemoveAvatar(ANN, ANN)).then_nothing()


def test_an_avatar_is_a_photo() -> None:
    given(OPENED).when(replace(RESERVE, content_type="image/gif")).then_refused(UnsupportedType)


@pytest.mark.parametrize(("shown", "sizes"), [(avatar(), ["large", "small"]), (None, None)])
def test_readers_see_what_an_account_shows_and_what_became_of_the_others(
    shown: Avatar | None, sizes: list[str] | None
) -> None:
    event = AVATAR_CHANGED.model_copy(update={"avatar": shown})
    puts = [effect for effect in PROJECTION.effects(recorded(event, f"account/{ANN}")) if isinstance(effect, Put)]
    account = next(put for put in puts if put.table is ACCOUNTS)
    files = account.row["avatar"]
    assert (files and [file["name"] for file in files]) == sizes
    statuses = {put.row["avatar_id"]: put.row["status"] for put in puts if put.table is AVATARS}
    assert statuses == ({AVATAR: "published"} if shown else {}) | {OTHER_AVATAR: "deleted"}
