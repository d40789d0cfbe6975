"""Bodies of accounts and sessions."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from schemas.bodies import Absent, Body, Page, Url
from schemas.ids import ACCOUNT_ID
from schemas.text import USERNAME, Bio, DisplayName, Email, Filename, GivenPassword, Password, Username
from schemas.times import Timestamp
from schemas.uploads import Checksum, ContentType, PollUrl, RejectionReason, Size, UploadState

Whose = Annotated[str, StringConstraints(pattern=rf"^({ACCOUNT_ID}|@{USERNAME.pattern})$")]
"""An account in a path: by id or by @username."""


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


class ProfileChanged(BaseModel):
    """What was given, as it is now."""

    display_name: str | Absent = None
    bio: str | Absent = None


class AvatarReservation(Body):
    filename: Filename
    content_type: ContentType
    size_bytes: Size
    checksum_sha256: Checksum | None = None


class AvatarUpload(BaseModel):
    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    avatar_id: str
    upload_url: Url
    upload_method: Literal["PUT"] = "PUT"
    upload_headers: dict[str, str]
    expires_at: Timestamp


class AvatarCompleted(BaseModel):
    avatar_id: str
    status: UploadState
    estimated_ready_ms: int
    poll_url: PollUrl


class AvatarUrls(BaseModel):
    """Squares of 150 and of 320 pixels."""

    small: Url
    large: Url


class AvatarStatus(BaseModel):
    avatar_id: str
    status: UploadState
    reason: RejectionReason | Absent = None
    urls: AvatarUrls | Absent = None


class PasswordChange(Body):
    current: GivenPassword = Field(repr=False)
    new: Password = Field(repr=False)


class EmailChange(Body):
    email: Email
    password: GivenPassword = Field(repr=False)


class EmailConfirmation(Body):
    token: Annotated[str, StringConstraints(max_length=4_096)]


class Recovery(Body):
    email: Email


class NewPassword(Body):
    token: Annotated[str, StringConstraints(max_length=4_096)] = Field(repr=False)
    password: Password = Field(repr=False)


class SessionShown(BaseModel):
    session_id: str
    opened_at: Timestamp
    last_used_at: Timestamp
    expires_at: Timestamp
    current: bool


class SessionList(BaseModel):
    sessions: list[SessionShown]


NotEmpty = Annotated[str, StringConstraints(min_length=1)]


class PasswordGrant(BaseModel):
    """Logs in."""

    grant_type: Literal["password"]
    username: NotEmpty
    password: NotEmpty


class RefreshGrant(BaseModel):
    """Goes on with a session."""

    grant_type: Literal["refresh_token"]
    refresh_token: NotEmpty


class Revocation(BaseModel):
    """Of either kind of token."""

    token: NotEmpty


class OAuthError(BaseModel):
    """A refusal as RFC 6749 has it, 5.2."""

    error: Literal["invalid_request", "invalid_grant", "unsupported_grant_type"]
    error_description: str


class TokenPair(BaseModel):
    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int
    refresh_token: str


class User(BaseModel):
    user_id: str
    username: str | None
    display_name: str | None
    avatar_url: Url | None
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
    created_at: Timestamp


class Users(Page):
    users: list[User]
