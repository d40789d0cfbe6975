"""What happens to an account. Decided in commands/accounts.py; on photolog.accounts, keyed by account.

Its avatar's way, from the reserved upload on, is told in events/avatars.py, in the same stream.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from events.envelope import Event, recorded
from events.personal import Personal
from schemas.ids import AccountId, AvatarId, Millis


class AvatarFile(BaseModel):
    """One size of an avatar, a square, under its immutable name `m/{avatar_id}/{name}-{hash}.{ext}`."""

    model_config = ConfigDict(frozen=True)

    name: Literal["small", "large"]
    path: str
    content_type: str
    width: int
    height: int
    size_bytes: int


class Avatar(BaseModel):
    """The picture that an account shows."""

    model_config = ConfigDict(frozen=True)

    avatar_id: AvatarId
    files: tuple[AvatarFile, ...]


@recorded("username.claimed.v1", subject="account_id")
class UsernameClaimed(Event):
    """A folded username now belongs to an account, for ever. The stream's id is an HMAC of the name."""

    account_id: AccountId


@recorded("account.opened.v1", subject="account_id")
class AccountOpened(Event):
    """Someone signed up."""

    account_id: AccountId
    username: Personal[str]
    email: Personal[str]
    display_name: Personal[str]
    opened_at: Millis


class Profiled(Event):
    """The profile as it reads from now on, whole."""

    account_id: AccountId
    username: Personal[str]
    email: Personal[str]
    display_name: Personal[str]
    bio: Personal[str]
    opened_at: Millis
    avatar: Avatar | None


@recorded("account.profile_changed.v2", subject="account_id")
class ProfileChanged(Profiled):
    """The account says something else about itself."""


@recorded("account.email_confirmed.v2", subject="account_id")
class EmailConfirmed(Profiled):
    """Whoever has the account reads mail at this address, which is the account's from now on."""


@recorded("account.suspended.v1", subject="account_id")
class AccountSuspended(Profiled):
    """A moderator has decided (events/cases.py) that it neither writes nor is seen. The profile, for its owner."""


@recorded("account.reinstated.v1", subject="account_id")
class AccountReinstated(Profiled):
    """It writes and is seen again, as it was."""
