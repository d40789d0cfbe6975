"""Rows of another system: what each kind is known by, and what is said of a wrong one, which is never its values."""

import pytest

from schemas.importing import AccountRow, FollowRow, PostRow, parsed

ANNA = {"id": 7, "username": "anna", "email": "anna@example.org"}


def wrong(values: dict[str, object]) -> list[str]:
    """The fields at fault."""
    found = parsed(values)
    assert isinstance(found, list)
    return [error.field for error in found]


def test_a_row_is_what_its_fields_say() -> None:
    assert isinstance(parsed(ANNA), AccountRow)
    assert parsed({"follower": 1, "followee": "x"}) == FollowRow(follower="1", followee="x")
    assert isinstance(parsed({"id": 1, "author": 7}), PostRow)
    assert wrong({"name": "anna"}) == [""]


@pytest.mark.parametrize(
    ("said", "millis"),
    [("2024-05-17T08:30:00Z", 1_715_934_600_000), ("2024-05-17T10:30:00.5+02:00", 1_715_934_600_500), (1, 1)],
)
def test_a_time_is_iso_8601_with_its_zone_or_milliseconds(said: object, millis: int) -> None:
    row = parsed({**ANNA, "created_at": said})
    assert isinstance(row, AccountRow)
    assert row.created_at == millis


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", ""),
        ("id", True),
        ("username", "no blanks"),
        ("email", "secret-address"),
        ("display_name", "\u200b"),
        ("bio", "x" * 151),
        ("created_at", "2024-05-17T08:30:00"),
        ("created_at", "yesterday"),
        ("created_at", -1),
        ("password_hash", "secret-address"),
        ("password_hash", "$argon2id$v=19$m=9999999,t=2,p=1$c29tZXNhbHRzYWx0$" + "a" * 43),
    ],
)
def test_what_a_client_could_not_say_is_refused_with_its_field(field: str, value: object) -> None:
    assert wrong({**ANNA, field: value}) == [field]


def test_what_is_wrong_is_said_without_the_value() -> None:
    found = parsed({**ANNA, "email": "secret-address", "username": "secret address", "bio": "secret" * 99})
    assert isinstance(found, list)
    assert len(found) == 3
    assert "secret" not in str(found)
