"""Accounts as readers see them, and how far their avatars have come. Fed by events/accounts.py and events/avatars.py;
read by profiles, cards and comments, and by the status poll of avatars."""

from events.accounts import (
    AccountOpened,
    AccountReinstated,
    AccountSuspended,
    Avatar,
    EmailConfirmed,
    ProfileChanged,
    Profiled,
)
from events.avatars import AvatarChanged, AvatarRejected, AvatarReserved, AvatarUploaded
from events.envelope import Recorded
from events.personal import readable
from projections.effects import Delete, Effects, Projection, Put
from schemas.ids import AccountId, AvatarId
from schemas.positions import ACCOUNTS as ACCOUNTS_TOPIC
from schemas.tables import JSON, TEXT, TIME, Table
from schemas.text import fold_username

PROFILE = {"username": TEXT, "email": TEXT, "display_name": TEXT, "bio": TEXT, "opened_at": TIME, "avatar": JSON}
ACCOUNTS = Table(
    "accounts", partition="account_id", columns=PROFILE, subject="account_id", cached=3600, later=("avatar",)
)
"""Who is not here is not shown, nor is anything of theirs: whatever shows something asks for its account."""

SUSPENDED = Table("suspended_accounts", partition="account_id", columns=PROFILE, subject="account_id")
"""Those whom a moderator has suspended, for their owners alone."""

USERNAMES = Table("usernames", partition="folded_name", columns={"account_id": TEXT}, subject="account_id")

CONFIRMED_EMAILS = Table("confirmed_emails", partition="account_id", columns={"email": TEXT}, subject="account_id")
"""The address that an account confirmed last, which is the one it has; no row: it never confirmed any."""

AVATARS = Table(
    "avatars",
    partition="avatar_id",
    columns={"account_id": TEXT, "status": TEXT, "reason": TEXT, "files": JSON},
    subject="account_id",
)

PROJECTION = Projection(
    "accounts", topics=[ACCOUNTS_TOPIC], tables=[ACCOUNTS, SUSPENDED, USERNAMES, CONFIRMED_EMAILS, AVATARS]
)


@PROJECTION.projects(AccountOpened)
def opened(recorded: Recorded[AccountOpened]) -> Effects:
    event = recorded.event
    username = readable(event.username)
    yield _account(event, bio="", avatar=None)
    if username is not None:
        yield Put(USERNAMES, folded_name=fold_username(username), account_id=event.account_id)


@PROJECTION.projects(ProfileChanged)
def changed(recorded: Recorded[ProfileChanged]) -> Effects:
    yield _profile(recorded.event)


@PROJECTION.projects(EmailConfirmed)
def confirmed(recorded: Recorded[EmailConfirmed]) -> Effects:
    event = recorded.event
    yield _profile(event)
    yield Put(CONFIRMED_EMAILS, account_id=event.account_id, email=readable(event.email))


@PROJECTION.projects(AccountSuspended)
def suspended(recorded: Recorded[AccountSuspended]) -> Effects:
    yield Delete(ACCOUNTS, account_id=recorded.event.account_id)
    yield _profile(recorded.event, SUSPENDED)


@PROJECTION.projects(AccountReinstated)
def reinstated(recorded: Recorded[AccountReinstated]) -> Effects:
    yield _profile(recorded.event)
    yield Delete(SUSPENDED, account_id=recorded.event.account_id)


@PROJECTION.projects(AvatarReserved)
def avatar_reserved(recorded: Recorded[AvatarReserved]) -> Effects:
    event = recorded.event
    yield _avatar(event.avatar_id, event.account_id, "pending")
    yield from _removed(event.removes, event.account_id)


@PROJECTION.projects(AvatarUploaded)
def avatar_uploaded(recorded: Recorded[AvatarUploaded]) -> Effects:
    yield _avatar(recorded.event.avatar_id, recorded.event.account_id, "processing")


@PROJECTION.projects(AvatarRejected)
def avatar_rejected(recorded: Recorded[AvatarRejected]) -> Effects:
    event = recorded.event
    yield _avatar(event.avatar_id, event.account_id, "rejected", reason=event.reason)


@PROJECTION.projects(AvatarChanged)
def avatar_changed(recorded: Recorded[AvatarChanged]) -> Effects:
    event = recorded.event
    yield _profile(event)
    if event.avatar:
        yield _avatar(event.avatar.avatar_id, event.account_id, "published", files=_files(event.avatar))
    yield from _removed(event.removes, event.account_id)


def _profile(event: Profiled, table: Table = ACCOUNTS) -> Put:
    avatar = _files(event.avatar) if event.avatar else None
    return _account(event, bio=readable(event.bio), avatar=avatar, table=table)


def _files(avatar: Avatar) -> list[dict[str, object]]:
    return [file.model_dump(exclude={"size_bytes"}) for file in avatar.files]


def _removed(avatars: tuple[AvatarId, ...], account: AccountId) -> Effects:
    for avatar in avatars:
        yield _avatar(avatar, account, "deleted")


def _avatar(
    avatar: AvatarId,
    account: AccountId,
    status: str,
    reason: str | None = None,
    files: list[dict[str, object]] | None = None,
) -> Put:
    return Put(AVATARS, avatar_id=avatar, account_id=account, status=status, reason=reason, files=files or [])


def _account(
    event: AccountOpened | Profiled, bio: str | None, avatar: list[dict[str, object]] | None, table: Table = ACCOUNTS
) -> Put:
    return Put(
        table,
        account_id=event.account_id,
        username=readable(event.username),
        email=readable(event.email),
        display_name=readable(event.display_name),
        bio=bio,
        opened_at=event.opened_at,
        avatar=avatar,
    )
