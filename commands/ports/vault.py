"""The vault: state that must be forgettable. Read and written by sessions, sign-up and the codec's callers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from schemas.ids import AccountId, Millis, SessionId

SESSION_LIFETIME_S: Final = 60 * 24 * 3600
"""How long a session goes on after its last refresh. Once it is over, or has ended, adapters may forget it."""


@dataclass(frozen=True)
class Session:
    """One log-in: a family of refresh tokens, of which only hashes are kept."""

    id: SessionId
    account_id: AccountId
    opened_at: Millis
    expires_at: Millis
    current: tuple[str, ...]
    """Hashes of the tokens that may be used next: one, or several after answers were lost."""
    used: str
    """Hash of the token that was used last; empty before the first refresh."""
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

    async def set_password(self, account: AccountId, password_hash: str) -> None:
        """Replaces the account's password hash, whatever stood."""

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

        A session of an account stays its session. What is over for SESSION_LIFETIME_S or longer may be forgotten.
        """
