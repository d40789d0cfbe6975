"""The vault: state that must be forgettable. Read and written by sessions, sign-up and the codec's callers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from schemas.ids import AccountId, Millis, SessionId


@dataclass(frozen=True)
class Pair:
    """A refresh token that was not used yet, by its hash."""

    token: str
    issued_at: Millis


@dataclass(frozen=True)
class Use:
    """A refresh token that was used a short while ago, by its hash, and how many pairs it got."""

    token: str
    at: Millis
    pairs: int


@dataclass(frozen=True)
class Session:
    """One log-in: a family of refresh tokens, of which only hashes are kept."""

    id: SessionId
    account_id: AccountId
    opened_at: Millis
    expires_at: Millis
    """When nothing goes on any more; of an ended one, when it may be forgotten."""
    current: tuple[Pair, ...]
    """What may be used next, the oldest first: one, or several after answers were lost or in several tabs."""
    used: tuple[Use, ...]
    """What may come again, in the order of first use; empty before the first refresh."""
    used_at: Millis
    ended: bool = False
    revision: int = 1


class Vault(Protocol):
    """State that must be forgettable: subject keys, password hashes, sessions. Never in the log."""

    async def create_key(self, subject: str) -> bytes:
        """The subject's 32-byte key, made at the first call. Raises Gone once it is destroyed."""

    async def keys(self, subjects: Sequence[str]) -> dict[str, bytes | None]:
        """The key of each subject; None where it is destroyed or was never made.

        Always asks the store which keys stand: a destroyed one is gone for whoever asks next, in any process. An
        unwrapped key may stay in a process's memory, of use to nobody, for at most a minute after its last use.
        """

    async def destroy_key(self, subject: str) -> None:
        """Destroys the key for ever; safe to repeat."""

    async def password(self, account: AccountId) -> str | None:
        """The account's password hash, as it was stored."""

    async def first_password(self, account: AccountId, password_hash: str) -> None:
        """Gives the account a password hash if it has none; one that stands stays, for ever safe to repeat."""

    async def replace_password(self, account: AccountId, before: str, after: str) -> bool:
        """Replaces the hash if `before` is what stands; False if something else does."""

    async def session(self, session: SessionId) -> Session | None:
        """The session, ended ones included until they are forgotten."""

    async def sessions(self, account: AccountId) -> list[Session]:
        """The account's sessions that have not ended, in no order; expired ones may be among them.

        Every session that was stored before this call began is looked at, also by a process that died right after.
        """

    async def put_session(self, session: Session) -> bool:
        """Stores the session if the stored revision is one below; False if somebody was faster.

        A session of an account stays its session. From `expires_at` on it may be forgotten.
        """
