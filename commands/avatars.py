"""The avatar of an account: commands in, decisions as events out, in the account's own stream (accounts.py).

One upload at a time: a newer reservation comes in place of what is not shown yet.
"""

from dataclasses import dataclass
from typing import Any

from commands.account_state import Account, AvatarUpload
from commands.aggregate import Command
from events.accounts import Avatar, AvatarFile, Profiled
from events.avatars import AvatarChanged, AvatarRejected, AvatarReserved, AvatarStarted, AvatarUploaded
from events.envelope import Event
from schemas.errors import UnsupportedType
from schemas.ids import AccountId, AvatarId
from schemas.objects import avatar_key
from schemas.photos import PHOTO_TYPES
from schemas.refusals import UnknownAvatar
from schemas.uploads import RejectionReason


@dataclass(frozen=True)
class AvatarCommand(Command):
    """About one account, whoever says it: the account itself, or the system."""

    account_id: AccountId

    @property
    def stream(self) -> str:
        return f"account/{self.account_id}"


@dataclass(frozen=True)
class ReserveAvatar(AvatarCommand):
    """Announce the upload of an avatar."""

    avatar_id: AvatarId
    content_type: str
    size_bytes: int
    checksum_sha256: str | None


@dataclass(frozen=True)
class CompleteAvatar(AvatarCommand):
    """The bytes are there; process them."""

    avatar_id: AvatarId


@dataclass(frozen=True)
class StartAvatar(AvatarCommand):
    """A worker takes the avatar up, superseding any attempt but the one that it holds itself."""

    avatar_id: AvatarId
    holds: int | None = None


@dataclass(frozen=True)
class ShowAvatar(AvatarCommand):
    """The files of this attempt are in place."""

    avatar_id: AvatarId
    attempt: int
    files: tuple[AvatarFile, ...]


@dataclass(frozen=True)
class RejectAvatar(AvatarCommand):
    """This attempt found that the upload cannot be shown."""

    avatar_id: AvatarId
    attempt: int
    reason: RejectionReason


@dataclass(frozen=True)
class RemoveAvatar(AvatarCommand):
    """Show none any more; what is under way is cancelled."""


def decide(account: Account, command: AvatarCommand) -> list[Event]:
    upload, of = account.upload, account.id
    match command:
        case ReserveAvatar():
            return [] if upload and upload.avatar_id == command.avatar_id else [_reserved(account, command)]
        case RemoveAvatar():
            gone = [shown.avatar_id for shown in (account.avatar, upload) if shown]
            return [_changed(account, None, gone)] if gone else []
        case CompleteAvatar(avatar_id=avatar_id):
            known = {shown.avatar_id for shown in (account.avatar, upload) if shown}
            if avatar_id not in known:
                raise UnknownAvatar
    if upload is None or upload.avatar_id != getattr(command, "avatar_id", None):
        return []  # shown already, or another came in its place
    match upload.status, command:
        case "pending", CompleteAvatar():
            named = {"content_type": upload.content_type, "upload_key": upload.upload_key}
            return [AvatarUploaded(account_id=of, avatar_id=upload.avatar_id, **named)]
        case "processing", StartAvatar(holds=holds) if holds != upload.attempt:
            return [AvatarStarted(account_id=of, avatar_id=upload.avatar_id, attempt=upload.attempt + 1)]
        case "processing", ShowAvatar(attempt=upload.attempt):
            before = [account.avatar.avatar_id] if account.avatar else []
            return [_changed(account, Avatar(avatar_id=upload.avatar_id, files=command.files), before)]
        case "processing", RejectAvatar(attempt=upload.attempt, reason=reason):
            return [AvatarRejected(account_id=of, avatar_id=upload.avatar_id, reason=reason)]
        case _:
            return []  # said again, or too late: not news


def said_by(account: Account) -> dict[str, Any]:
    """What every event says that says the profile whole."""
    fields = {name: name for name in Profiled.model_fields} | {"account_id": "id"}
    return {name: getattr(account, attribute) for name, attribute in fields.items()}


def _reserved(account: Account, command: ReserveAvatar) -> AvatarReserved:
    if command.content_type not in PHOTO_TYPES:
        raise UnsupportedType(f"an avatar is one of {', '.join(PHOTO_TYPES)}")
    return AvatarReserved(
        account_id=account.id,
        avatar_id=command.avatar_id,
        content_type=command.content_type,
        size_bytes=command.size_bytes,
        checksum_sha256=command.checksum_sha256,
        upload_key=avatar_key(account.id, command.avatar_id),
        removes=_superseded(account.upload),
    )


def _superseded(upload: AvatarUpload | None) -> tuple[AvatarId, ...]:
    return (upload.avatar_id,) if upload else ()


def _changed(account: Account, avatar: Avatar | None, removes: list[AvatarId]) -> AvatarChanged:
    return AvatarChanged(**{**said_by(account), "avatar": avatar}, removes=tuple(removes))
