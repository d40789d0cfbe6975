"""Bodies of accounts and sessions."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from schemas.bodies import Body, Page
from schemas.text import Bio, DisplayName, Email, GivenPassword, Password, Username


class SignUp(Body):
    username: Username
    password: Password = Field(repr=False)
    email: Email
    display_name: DisplayName | None = None


class SignedUp(BaseModel):
    account_id: str
    username: str


class ProfileChange(Body):
    """Absent is unchanged, null clears."""

    display_name: DisplayName | None = None
    bio: Bio | None = None


class PasswordChange(Body):
    current: GivenPassword = Field(repr=False)
    new: Password = Field(repr=False)


class EmailChange(Body):
    email: Email
    password: GivenPassword = Field(repr=False)


class EmailConfirmation(Body):
    token: Annotated[str, StringConstraints(max_length=4_096)]


class SessionShown(BaseModel):
    session_id: str
    opened_at: str
    last_used_at: str
    expires_at: str
    current: bool


class SessionList(BaseModel):
    sessions: list[SessionShown]


class TokenPair(BaseModel):
    access_token: str
    token_type: str = "Bearer"
    expires_in: int
    refresh_token: str


class User(BaseModel):
    user_id: str
    username: str | None
    display_name: str | None
    avatar_url: str | None
    followed_by_viewer: bool | None
    follows_viewer: bool | None


class Profile(User):
    bio: str | None
    post_count: int
    follower_count: int
    following_count: int
    blocked_by_viewer: bool | None


class Me(Profile):
    email: str | None
    email_verified: bool
    created_at: str


class Users(Page):
    users: list[User]
