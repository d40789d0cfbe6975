"""Passwords and access tokens: who somebody is."""

from dataclasses import dataclass
from typing import Protocol

from schemas.ids import AccountId, Millis, SessionId


class Passwords(Protocol):
    """Slow, salted password hashes."""

    async def hash(self, password: str) -> str:
        """The hash with its parameters."""

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether they match. None (an unknown account) takes the same time and is False."""


@dataclass(frozen=True)
class Holder:
    """Who acts with an access token, and by which log-in they got it."""

    account_id: AccountId
    session_id: SessionId


class AccessTokens(Protocol):
    """Short-lived bearer tokens that any API process can check without asking a store.

    So they outlive their session: when it ends, its access tokens are good for the rest of their lifetime, 15 minutes
    by default. What must stop at once asks the Vault.
    """

    lifetime_s: int

    def issued_for(self, token: str) -> Holder:
        """Who got this token, expired or not: for what only ends something. Raises TokenInvalid."""

    def issue(self, account: AccountId, session: SessionId, now: Millis) -> str:
        """A signed token."""

    def verify(self, token: str, now: Millis) -> AccountId:
        """Whose token it is. Raises TokenInvalid or TokenExpired."""

    def holder(self, token: str, now: Millis) -> Holder:
        """Whose token it is, and of which session. Raises as `verify`."""
