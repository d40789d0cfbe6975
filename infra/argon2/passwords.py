"""Argon2Passwords: commands.ports.Passwords by Argon2id (RFC 9106), in threads, so that the event loop goes on."""

import asyncio
import os
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError


def hasher(memory_kib: int) -> PasswordHasher:
    """Argon2id with two passes and one lane: with 19 MiB what the OWASP password storage cheat sheet recommends."""
    return PasswordHasher(time_cost=2, memory_cost=memory_kib, parallelism=1, hash_len=32, salt_len=16)


class Argon2Passwords:
    """The Passwords port. As many hashes at a time as there are cores: more would only take memory."""

    def __init__(self, hashes: PasswordHasher, at_a_time: int | None = None) -> None:
        self._hasher = hashes
        self._turns = asyncio.Semaphore(at_a_time or os.cpu_count() or 1)
        self._nobodys = hashes.hash(secrets.token_hex())

    async def hash(self, password: str) -> str:
        """The hash in the PHC string format, which names its parameters."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether they match. An unknown account is compared with nobody's hash, so that time tells nothing.

        Raises argon2.exceptions.InvalidHashError for a hash that is none: the store, not the visitor, is at fault.
        """
        against = self._nobodys if password_hash is None else password_hash
        async with self._turns:
            matches = await asyncio.to_thread(self._matches, against, password)
        return matches and password_hash is not None

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except VerifyMismatchError:
            return False
