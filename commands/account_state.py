"""An account as commands see it, folded from its events. Decided about in accounts.py and avatars.py beside it."""

from dataclasses import dataclass, replace
from typing import Literal

from events.accounts import (
    AccountOpened,
    AccountReinstated,
    AccountSuspended,
    Avatar,
    EmailConfirmed,
    ProfileChanged,
)
from events.avatars import AvatarChanged, AvatarRejected, AvatarReserved, AvatarStarted, AvatarUploaded
from events.envelope import Event
from events.personal import Redacted
from schemas.ids import AccountId, AvatarId, Millis


@dataclass(frozen=True)
class AvatarUpload:
    """An avatar that is not shown yet."""

    avatar_id: AvatarId
    status: Literal["pending", "processing", "rejected"]
    content_type: str
    size_bytes: int
    checksum_sha256: str | None
    upload_key: str
    attempt: int = 0


@dataclass(frozen=True)
class Account:
    """An account as commands see it."""

    id: AccountId
    username: str | Redacted
    email: str | Redacted
    display_name: str | Redacted
    bio: str | Redacted
    opened_at: Millis
    confirmations: int = 0
    """How often an address was confirmed; the current one is, if any was: it changes by nothing else."""
    avatar: Avatar | None = None
    """What it shows."""
    upload: AvatarUpload | None = None
    """The newest that it does not show: one at a time is enough."""
    suspended: bool = False
    """By a moderator: it writes nothing, and is hidden."""


def evolve(account: Account | None, event: Event) -> Account:
    match event:
        case AccountOpened():
            return Account(event.account_id, event.username, event.email, event.display_name, "", event.opened_at)
        case ProfileChanged() if account:
            return replace(account, display_name=event.display_name, bio=event.bio)
        case EmailConfirmed() if account:
            return replace(account, email=event.email, confirmations=account.confirmations + 1)
        case AccountSuspended() | AccountReinstated() if account:
            return replace(account, suspended=isinstance(event, AccountSuspended))
        case AvatarReserved() if account:
            return replace(account, upload=_reserved(event))
        case AvatarUploaded() if account and account.upload:
            return replace(account, upload=replace(account.upload, status="processing"))
        case AvatarStarted() if account and account.upload:
            return replace(account, upload=replace(account.upload, attempt=event.attempt))
        case AvatarRejected() if account and account.upload:
            return replace(account, upload=replace(account.upload, status="rejected"))
        case AvatarChanged() if account:
            return replace(account, avatar=event.avatar, upload=None)
        case _:
            raise TypeError(f"{type(event).__name__} does not happen to an account")


def _reserved(event: AvatarReserved) -> AvatarUpload:
    return AvatarUpload(
        event.avatar_id, "pending", event.content_type, event.size_bytes, event.checksum_sha256, event.upload_key
    )
