"""Keyring: subject keys as a vault stores them, wrapped with the master key, and a short memory of unwrapped ones."""

import os
import time
from collections import OrderedDict
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.personal import KEY_BYTES, NONCE_BYTES


class Keyring:
    """AES-256-GCM under the master key, bound to the subject; a wrapped key is nonce, ciphertext and tag: 60 bytes.

    Unwrapped keys are remembered by their wrapped form, for `ttl_s` seconds and `limit` keys at most: whoever has just
    read the wrapped form from its store never gets a key that the store no longer holds.
    """

    def __init__(
        self, master_key: bytes, ttl_s: float = 60, limit: int = 10_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if len(master_key) != KEY_BYTES:
            raise ValueError(f"the master key has {len(master_key)} bytes instead of {KEY_BYTES}")
        self._cipher = AESGCM(master_key)
        self._ttl_s = ttl_s
        self._limit = limit
        self._clock = clock
        self._known: OrderedDict[str, tuple[bytes, bytes, float]] = OrderedDict()
        """By subject: wrapped form, key, time of expiry; oldest first."""

    def make(self, subject: str) -> tuple[bytes, bytes]:
        """A new key and its wrapped form."""
        key, nonce = os.urandom(KEY_BYTES), os.urandom(NONCE_BYTES)
        return key, nonce + self._cipher.encrypt(nonce, key, subject.encode())

    def unwrap(self, subject: str, wrapped: bytes) -> bytes:
        """The key. Raises ValueError if it was wrapped for another subject or under another master key."""
        now = self._clock()
        known = self._known.get(subject)
        if known and known[0] == wrapped and known[2] > now:
            return known[1]
        try:
            key = self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], subject.encode())
        except InvalidTag as error:
            raise ValueError(f"the key of {subject} was not wrapped for it under this master key") from error
        self._remember(subject, wrapped, key, now)
        return key

    def forget(self, subject: str) -> None:
        """Drops the key from memory."""
        self._known.pop(subject, None)

    def __contains__(self, subject: str) -> bool:
        """Whether the subject's key is in memory."""
        return subject in self._known

    def _remember(self, subject: str, wrapped: bytes, key: bytes, now: float) -> None:
        self._known[subject] = (wrapped, key, now + self._ttl_s)
        self._known.move_to_end(subject)
        while len(self._known) > self._limit or next(iter(self._known.values()))[2] <= now:
            self._known.popitem(last=False)
