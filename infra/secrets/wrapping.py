"""WrappedKeys: what vaults offer besides their port to whoever looks after master keys: status and rotation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from infra.secrets.keyring import Keyring


@dataclass(frozen=True)
class WrappedKey:
    """A subject's key as it is stored; None where it is destroyed."""

    subject: str
    wrapped: bytes | None


@dataclass(frozen=True)
class KeyPage:
    """Some of all keys, where the next page begins (None: there is none), and how much of the whole is read by now."""

    keys: list[WrappedKey]
    after: str | None
    share: float


class WrappedKeys(Protocol):
    """Stored forms of all keys. Safe beside processes that make, read and destroy keys."""

    keyring: Keyring

    async def wrapped_key(self, subject: str) -> bytes | None:
        """What stands under the subject; None where there is no key."""

    async def create_wrapped(self, subject: str, wrapped: bytes) -> bytes:
        """What stands under the subject, for ever the same key: this form if nothing stood. Raises Gone."""

    async def wrapped_keys(self, after: str, limit: int) -> KeyPage:
        """About `limit` keys; from the beginning for an empty `after`. Keys that are made meanwhile may be left out."""

    async def rewrap(self, changes: Sequence[tuple[WrappedKey, bytes]]) -> int:
        """Replaces each form by another of the same key where it still stands, and only there: a key that was destroyed
        meanwhile stays destroyed. How many were replaced. Safe to repeat."""

    async def old_forms_gone(self) -> bool:
        """Whether the store holds no byte any more of what was rewrapped, as far as it can be known from here."""
