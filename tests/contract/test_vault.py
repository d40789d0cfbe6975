"""The contract of the Vault port: keys that can be destroyed for ever, and password hashes."""

import asyncio

import pytest

from commands.ports import Vault
from schemas.errors import Gone
from schemas.ids import AccountId
from tests.contract.fixtures_write import EVERY_LEDGER, WriteSide, unique

pytestmark = EVERY_LEDGER


async def test_a_key_has_32_bytes_and_stays_the_same(vault: Vault) -> None:
    subject = unique("ac")
    key = await vault.create_key(subject)
    assert len(key) == 32
    assert await vault.create_key(subject) == key
    assert await vault.keys([subject]) == {subject: key}


async def test_every_subject_has_a_key_of_its_own(vault: Vault) -> None:
    keys = [await vault.create_key(unique("ac")) for _ in range(5)]
    assert len(set(keys)) == 5


async def test_all_who_create_a_key_at_once_get_the_same(vault: Vault) -> None:
    subject = unique("ac")
    assert len(set(await asyncio.gather(*(vault.create_key(subject) for _ in range(20))))) == 1


async def test_a_key_is_the_same_after_a_restart(write_side: WriteSide) -> None:
    subject = unique("ac")
    key = await write_side.vault.create_key(subject)
    assert await write_side.restarted().vault.keys([subject]) == {subject: key}


async def test_subjects_without_a_key_have_none(vault: Vault) -> None:
    unknown, destroyed, known = unique("ac"), unique("ac"), unique("ac")
    await vault.create_key(destroyed)
    await vault.destroy_key(destroyed)
    key = await vault.create_key(known)
    assert await vault.keys([unknown, destroyed, known, known]) == {unknown: None, destroyed: None, known: key}
    assert await vault.keys([]) == {}


async def test_a_key_that_was_asked_for_too_early_is_found_once_it_is_made(vault: Vault) -> None:
    subject = unique("ac")
    assert await vault.keys([subject]) == {subject: None}
    key = await vault.create_key(subject)
    assert await vault.keys([subject]) == {subject: key}


async def test_many_keys_come_at_once(write_side: WriteSide) -> None:
    subjects = [unique("ac") for _ in range(2_500)]
    async with write_side.transactions.together():
        made = {subject: await write_side.vault.create_key(subject) for subject in subjects}
    assert await write_side.vault.keys(subjects) == made


async def test_a_destroyed_key_is_gone_for_ever(write_side: WriteSide) -> None:
    subject = unique("ac")
    await write_side.vault.create_key(subject)
    await write_side.vault.keys([subject])
    await write_side.vault.destroy_key(subject)
    await write_side.vault.destroy_key(subject)
    for vault in (write_side.vault, write_side.restarted().vault):
        assert await vault.keys([subject]) == {subject: None}
        with pytest.raises(Gone):
            await vault.create_key(subject)


async def test_a_key_that_another_process_remembers_is_gone_for_it_too(write_side: WriteSide) -> None:
    subject, other = unique("ac"), write_side.restarted().vault
    key = await write_side.vault.create_key(subject)
    assert await other.keys([subject]) == {subject: key}
    await write_side.vault.destroy_key(subject)
    assert await other.keys([subject]) == {subject: None}


async def test_destroying_one_key_leaves_the_others(vault: Vault) -> None:
    erased, other = unique("ac"), unique("ac")
    await vault.create_key(erased)
    key = await vault.create_key(other)
    await vault.destroy_key(erased)
    assert await vault.keys([other]) == {other: key}


async def test_a_key_that_was_never_made_can_be_destroyed_beforehand(vault: Vault) -> None:
    subject = unique("ac")
    await vault.destroy_key(subject)
    with pytest.raises(Gone):
        await vault.create_key(subject)


async def test_a_key_of_a_transaction_that_failed_was_never_made(write_side: WriteSide) -> None:
    if not write_side.rolls_back:
        pytest.skip("this backend has no transactions")
    vault, subject = write_side.vault, unique("ac")

    async def make_and_fail() -> None:
        async with write_side.transactions.together():
            await vault.create_key(subject)
            await vault.keys([subject])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await make_and_fail()
    assert await vault.keys([subject]) == {subject: None}
    key = await vault.create_key(subject)
    assert await vault.keys([subject]) == {subject: key}


async def test_no_key_is_on_disk_unwrapped(write_side: WriteSide) -> None:
    if write_side.on_disk is None:
        pytest.skip("this backend's files cannot be read from here")
    subject = unique("ac")
    key = await write_side.vault.create_key(subject)
    assert write_side.on_disk.wrapped_key(subject) in write_side.on_disk.everything()
    assert key not in write_side.on_disk.everything()


async def test_no_byte_of_a_destroyed_key_is_left_on_disk(write_side: WriteSide) -> None:
    if write_side.on_disk is None:
        pytest.skip("this backend's files cannot be read from here")
    vault, subjects = write_side.vault, [unique("ac") for _ in range(300)]
    async with write_side.transactions.together():
        for subject in subjects:
            await vault.create_key(subject)
    wrapped = {subject: write_side.on_disk.wrapped_key(subject) for subject in subjects}
    erased = subjects[::3]
    async with write_side.transactions.together():
        for subject in erased:
            await vault.destroy_key(subject)
    left = write_side.on_disk.everything()
    # A third of a wrapped key is enough to tell it from any other.
    assert [subject for subject in erased if any(wrapped[subject][at : at + 20] in left for at in (0, 20, 40))] == []
    assert all(wrapped[subject] in left for subject in subjects if subject not in erased)


async def test_an_account_without_a_password_has_none(vault: Vault) -> None:
    assert await vault.password(AccountId(unique("ac"))) is None


async def test_the_first_password_hash_stands_until_it_is_swapped(write_side: WriteSide) -> None:
    account, other = AccountId(unique("ac")), AccountId(unique("ac"))
    await write_side.vault.first_password(account, "$argon2id$first")
    await write_side.vault.first_password(other, "$argon2id$other")
    await write_side.vault.first_password(account, "$argon2id$second")
    for vault in (write_side.vault, write_side.restarted().vault):
        assert await vault.password(account) == "$argon2id$first"
        assert await vault.password(other) == "$argon2id$other"


async def test_a_password_hash_is_swapped_only_for_the_one_that_stands(vault: Vault) -> None:
    account = AccountId(unique("ac"))
    assert not await vault.replace_password(account, "", "$first")
    await vault.first_password(account, "$first")
    assert not await vault.replace_password(account, "$other", "$second")
    assert await vault.password(account) == "$first"
    swapped = await asyncio.gather(*(vault.replace_password(account, "$first", f"${turn}") for turn in range(10)))
    assert swapped.count(True) == 1
    assert await vault.password(account) == f"${swapped.index(True)}"
