"""Passwords and access tokens: who somebody is."""

from typing import Protocol

from schemas.ids import AccountId, Millis, SessionId


class Passwords(Protocol):
    """Slow, salted password hashes."""

    async def hash(self, password: str) -> str:
        """The hash with its parameters."""

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether they match. None (an unknown account) takes the same time and is False."""


class AccessTokens(Protocol):
    """Short-lived bearer tokens that any API process can check without asking a store."""

    lifetime_s: int

    def issue(self, account: AccountId, session: SessionId, now: Millis) -> str:
        """A signed token."""

    def verify(self, token: str, now: Millis) -> AccountId:
        """Whose token it is. Raises TokenInvalid or TokenExpired."""
