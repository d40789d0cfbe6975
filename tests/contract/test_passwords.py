"""The contract of the Passwords port: slow and salted, and an unknown account is not told from a wrong password."""

import asyncio
import time

import pytest
from argon2 import extract_parameters
from argon2.exceptions import InvalidHashError

from commands.ports import Passwords
from infra.argon2.passwords import Argon2Passwords, hasher
from infra.process.settings import Settings

PASSWORD = "correct horse – battéry staple"


def as_usual() -> Argon2Passwords:
    """By the default of their setting."""
    return Argon2Passwords(hasher(Settings().password_memory_kib))


async def test_a_password_matches_its_own_hash_alone(passwords: Passwords) -> None:
    password_hash = await passwords.hash(PASSWORD)
    assert await passwords.verify(password_hash, PASSWORD)
    for other in (PASSWORD + " ", PASSWORD.upper(), ""):
        assert not await passwords.verify(password_hash, other)


async def test_equal_passwords_have_different_hashes(passwords: Passwords) -> None:
    one, other = await passwords.hash(PASSWORD), await passwords.hash(PASSWORD)
    assert one != other
    assert await passwords.verify(other, PASSWORD)


async def test_a_hash_does_not_hold_the_password(passwords: Passwords) -> None:
    assert "horse" not in await passwords.hash("horse")


async def test_an_unknown_account_has_no_password(passwords: Passwords) -> None:
    assert not await passwords.verify(None, PASSWORD)


async def test_many_are_verified_at_once(passwords: Passwords) -> None:
    password_hash = await passwords.hash(PASSWORD)
    given = [PASSWORD, "wrong"] * 10
    matches = await asyncio.gather(*(passwords.verify(password_hash, password) for password in given))
    assert matches == [True, False] * 10


async def test_a_hash_that_is_none_is_an_error_not_a_wrong_password(passwords: Passwords) -> None:
    for broken in ("", "plain text"):
        with pytest.raises(InvalidHashError):
            await passwords.verify(broken, PASSWORD)


async def test_a_hash_tells_its_parameters_so_that_they_can_be_raised() -> None:
    stored = await as_usual().hash(PASSWORD)
    found = extract_parameters(stored)
    assert stored.startswith("$argon2id$")
    assert (found.memory_cost, found.time_cost, found.parallelism) == (19 * 1024, 2, 1)


async def test_hashes_of_before_are_good_after_their_memory_was_raised() -> None:
    before = await as_usual().hash(PASSWORD)
    raised = Argon2Passwords(hasher(2 * Settings().password_memory_kib))
    assert await raised.verify(before, PASSWORD)
    assert not await raised.verify(before, "wrong")
    assert extract_parameters(await raised.hash(PASSWORD)).memory_cost == 38 * 1024


async def test_an_unknown_account_takes_as_much_work_as_a_wrong_password() -> None:
    passwords = as_usual()
    password_hash = await passwords.hash(PASSWORD)

    async def work(against: str | None) -> float:
        """Seconds of this process's CPU: what other processes do does not count."""
        before = time.process_time()
        for _ in range(5):
            await passwords.verify(against, "wrong")
        return time.process_time() - before

    known, unknown = await work(password_hash), await work(None)
    assert known / 2 < unknown < known * 2


async def test_hashing_leaves_the_event_loop_free() -> None:
    passwords = as_usual()
    hashing = asyncio.create_task(passwords.hash(PASSWORD))
    turns = 0
    while not hashing.done():
        await asyncio.wait([hashing], timeout=0.001)
        turns += 1
    assert turns > 1, "the loop had no turn before the hash was done"
