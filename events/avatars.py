"""What happens to an account's avatar, from the reserved upload to another one in its place.

Decided in commands/avatars.py; in the account's stream, because what is shown is the account's to say.
"""

from events.accounts import Profiled
from events.envelope import Event, recorded
from schemas.ids import AccountId, AvatarId
from schemas.uploads import RejectionReason


@recorded("account.avatar_reserved.v1", subject="account_id")
class AvatarReserved(Event):
    """The upload of an avatar was announced; its bytes may now be put under `upload_key`."""

    account_id: AccountId
    avatar_id: AvatarId
    content_type: str
    size_bytes: int
    checksum_sha256: str | None
    upload_key: str
    removes: tuple[AvatarId, ...]
    """The upload that it comes in place of, if that was not shown yet."""


@recorded("account.avatar_uploaded.v1", subject="account_id")
class AvatarUploaded(Event):
    """The bytes are in the object store and are to be processed."""

    account_id: AccountId
    avatar_id: AvatarId
    content_type: str
    upload_key: str


@recorded("account.avatar_started.v1", subject="account_id")
class AvatarStarted(Event):
    """A worker took the avatar up. Only its latest attempt may show it."""

    account_id: AccountId
    avatar_id: AvatarId
    attempt: int


@recorded("account.avatar_rejected.v1", subject="account_id")
class AvatarRejected(Event):
    """The upload cannot be shown."""

    account_id: AccountId
    avatar_id: AvatarId
    reason: RejectionReason


@recorded("account.avatar_changed.v1", subject="account_id")
class AvatarChanged(Profiled):
    """The account shows another avatar from now on, or none."""

    removes: tuple[AvatarId, ...]
    """Those that nobody needs any more: what was shown, and what was under way when it was taken away."""
