"""Rows of another system's people, follows and posts, as `photolog import` takes them. Fields as in request bodies."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError

from schemas.bodies import Body
from schemas.errors import FieldError
from schemas.ids import Millis
from schemas.tags import Tag
from schemas.text import AltText, Bio, Caption, DisplayName, Email, Username

ARGON2 = r"^\$argon2id\$v=19\$m=\d{1,6},t=\d{1,2},p=\d{1,2}\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{16,}$"
"""The PHC string format of Argon2id, the one kind of hash that passwords are compared with."""


def _id(said: object) -> object:
    return str(said) if isinstance(said, int) and not isinstance(said, bool) else said


def _millis(said: object) -> object:
    """Text as ISO 8601 has it, with its zone; a number, also one in a CSV file, is milliseconds already."""
    if not isinstance(said, str):
        return said
    if said.isdecimal():
        return int(said)
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ValueError("must be a time with its zone, as 2024-05-17T08:30:00Z")
    return round(at.timestamp() * 1000)


ForeignId = Annotated[str, BeforeValidator(_id), StringConstraints(min_length=1, max_length=200)]
"""What the other system calls it; numbers are text."""
Since = Annotated[Millis, BeforeValidator(_millis), Field(ge=0, le=253_402_300_799_999)]


class AccountRow(Body):
    """Somebody. Without a password hash nobody can log in to it, until the row comes again with one."""

    id: ForeignId
    username: Username
    email: Email
    display_name: DisplayName | None = None
    bio: Bio | None = None
    created_at: Since | None = None
    password_hash: Annotated[str, StringConstraints(pattern=ARGON2)] | None = Field(default=None, repr=False)


class FollowRow(Body):
    """One follows the other, by the ids of their rows."""

    follower: ForeignId
    followee: ForeignId


class PostRow(Body):
    """A post by an account, whose image is a file; without one a placeholder stands for it."""

    id: ForeignId
    author: ForeignId
    caption: Caption | None = None
    tags: Annotated[list[Tag], Field(max_length=30)] | None = None
    alt_text: AltText | None = None
    created_at: Since | None = None
    image: Annotated[str, StringConstraints(min_length=1, max_length=4_096)] | None = None


Row = AccountRow | FollowRow | PostRow
SHAPES: dict[str, type[Row]] = {"follower": FollowRow, "author": PostRow, "username": AccountRow}
"""What a row is, by the first of these fields that it has."""


def parsed(values: dict[str, Any]) -> Row | list[FieldError]:
    """The row, or everything that is wrong with it, without its values."""
    shape = next((shape for field, shape in SHAPES.items() if field in values), None)
    if shape is None:
        return [FieldError("", f"has none of {', '.join(SHAPES)}: neither follow, post nor account")]
    try:
        return shape.model_validate(values)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False, include_input=False)
        return [FieldError(".".join(map(str, one["loc"])), one["msg"]) for one in wrong]
