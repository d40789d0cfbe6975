"""Keyring: subject keys as a vault stores them, wrapped with a master key, and a short memory of unwrapped ones.

One master key wraps; others are known besides, so that keys wrapped before a rotation stay readable.
"""

import hashlib
import hmac
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.personal import KEY_BYTES, NONCE_BYTES

ID_BYTES = 8
UNNAMED_BYTES = NONCE_BYTES + KEY_BYTES + 16
"""A wrapped form without the id of its master key: nonce, ciphertext, tag. So were the first ones written."""


def master_id(master_key: bytes) -> bytes:
    """Names a master key without telling of it."""
    return hmac.digest(master_key, b"photolog master key id", hashlib.sha256)[:ID_BYTES]


class Keyring:
    """AES-256-GCM under a master key, bound to the subject; a wrapped key is its master key's id, nonce, ciphertext and
    tag: 68 bytes.

    Unwrapped keys are remembered by their wrapped form, for `ttl_s` seconds and `limit` keys at most: whoever has just
    read the wrapped form from its store never gets a key that the store no longer holds. So a destroyed key redacts in
    every process from its next read of the vault on, and `ttl_s` only bounds how long its bytes stay in memory.
    """

    def __init__(
        self,
        *master_keys: bytes,
        ttl_s: float = 60,
        limit: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """The first master key wraps."""
        for master_key in master_keys:
            if len(master_key) != KEY_BYTES:
                raise ValueError(f"the master key has {len(master_key)} bytes instead of {KEY_BYTES}")
        self._ciphers = {master_id(master_key): AESGCM(master_key) for master_key in master_keys}
        self.current = master_id(master_keys[0])
        """The id of the master key that wraps."""
        self._ttl_s = ttl_s
        self._limit = limit
        self._clock = clock
        self._known: OrderedDict[str, tuple[bytes, bytes, float]] = OrderedDict()
        """By subject: wrapped form, key, time of expiry; oldest first."""

    def make(self, subject: str) -> tuple[bytes, bytes]:
        """A new key and its wrapped form."""
        key = os.urandom(KEY_BYTES)
        return key, self.wrap(subject, key)

    def wrap(self, subject: str, key: bytes) -> bytes:
        """The key under the current master key; another form every time."""
        nonce = os.urandom(NONCE_BYTES)
        return self.current + nonce + self._ciphers[self.current].encrypt(nonce, key, subject.encode())

    def unwrap(self, subject: str, wrapped: bytes) -> bytes:
        """The key. Raises ValueError if it was wrapped for another subject or under another master key."""
        now = self._clock()
        self._expire(now)
        known = self._known.get(subject)
        if known and known[0] == wrapped:
            return known[1]
        _, key = self._opened(subject, wrapped)
        self._remember(subject, wrapped, key, now)
        return key

    def wrapped_under(self, subject: str, wrapped: bytes) -> bytes | None:
        """The id of the master key that a wrapped form needs; None for one that says none and is under none of ours."""
        if len(wrapped) != UNNAMED_BYTES:
            return wrapped[:ID_BYTES]
        try:
            return self._opened(subject, wrapped)[0]
        except ValueError:
            return None

    def rewrap(self, subject: str, wrapped: bytes) -> bytes:
        """The same key under the current master key; not remembered. Raises as `unwrap`."""
        return self.wrap(subject, self._opened(subject, wrapped)[1])

    def is_current(self, wrapped: bytes) -> bool:
        """Whether a wrapped form says that it is under the current master key."""
        return len(wrapped) != UNNAMED_BYTES and wrapped.startswith(self.current)

    def forget(self, subject: str) -> None:
        """Drops the key from memory."""
        self._known.pop(subject, None)

    def __contains__(self, subject: str) -> bool:
        """Whether the subject's key is in memory."""
        return subject in self._known

    def _opened(self, subject: str, wrapped: bytes) -> tuple[bytes, bytes]:
        """The master key's id and the subject's key. A form without an id is tried under each."""
        named = len(wrapped) != UNNAMED_BYTES
        sealed = wrapped[ID_BYTES:] if named else wrapped
        for identity in (wrapped[:ID_BYTES],) if named else tuple(self._ciphers):
            cipher = self._ciphers.get(identity)
            if cipher is None:
                continue
            try:
                return identity, cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], subject.encode())
            except InvalidTag:
                continue
        raise ValueError(f"the key of {subject} was not wrapped for it under a master key of ours")

    def _remember(self, subject: str, wrapped: bytes, key: bytes, now: float) -> None:
        self._known[subject] = (wrapped, key, now + self._ttl_s)
        self._known.move_to_end(subject)
        while len(self._known) > self._limit:
            self._known.popitem(last=False)

    def _expire(self, now: float) -> None:
        while self._known and next(iter(self._known.values()))[2] <= now:
            self._known.popitem(last=False)


def keyring(master_keys: bytes | Sequence[bytes], ttl_s: float, limit: int, clock: Callable[[], float]) -> Keyring:
    """The keyring of a vault, given one master key or several, the current one first."""
    keys = [master_keys] if isinstance(master_keys, bytes) else master_keys
    return Keyring(*keys, ttl_s=ttl_s, limit=limit, clock=clock)
