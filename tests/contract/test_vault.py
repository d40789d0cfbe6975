"""The contract of the Vault port: keys that can be destroyed for ever, password hashes, sessions that race safely."""

import asyncio
from dataclasses import replace

import pytest

from commands.ports import Session, Vault
from schemas.errors import Gone
from schemas.ids import AccountId, SessionId
from tests.contract.fixtures_write import WriteSide, unique

NOW = 1_700_000_000_000


def a_session() -> Session:
    return Session(
        id=SessionId(unique("se")),
        account_id=AccountId(unique("ac")),
        opened_at=NOW,
        expires_at=NOW + 1_000,
        current=("hash-1",),
        used="",
        used_at=0,
    )


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


async def test_a_password_hash_is_replaced(write_side: WriteSide) -> None:
    account, other = AccountId(unique("ac")), AccountId(unique("ac"))
    await write_side.vault.set_password(account, "$argon2id$first")
    await write_side.vault.set_password(other, "$argon2id$other")
    await write_side.vault.set_password(account, "$argon2id$second")
    for vault in (write_side.vault, write_side.restarted().vault):
        assert await vault.password(account) == "$argon2id$second"
        assert await vault.password(other) == "$argon2id$other"


async def test_a_password_hash_is_swapped_only_for_the_one_that_stands(vault: Vault) -> None:
    account = AccountId(unique("ac"))
    assert not await vault.replace_password(account, "", "$first")
    await vault.set_password(account, "$first")
    assert not await vault.replace_password(account, "$other", "$second")
    assert await vault.password(account) == "$first"
    swapped = await asyncio.gather(*(vault.replace_password(account, "$first", f"${turn}") for turn in range(10)))
    assert swapped.count(True) == 1
    assert await vault.password(account) == f"${swapped.index(True)}"


async def test_an_unknown_session_is_none(vault: Vault) -> None:
    assert await vault.session(SessionId(unique("se"))) is None


async def test_a_session_is_read_as_it_was_stored_and_ended_ones_too(write_side: WriteSide) -> None:
    opened = a_session()
    ended = replace(opened, current=("hash-2", "hash-3"), used="hash-1", used_at=NOW + 5, ended=True, revision=2)
    for session in (opened, ended):
        assert await write_side.vault.put_session(session)
        assert await write_side.vault.session(opened.id) == session
    assert await write_side.restarted().vault.session(opened.id) == ended


async def test_a_session_is_stored_only_above_the_revision_before_it(vault: Vault) -> None:
    first = a_session()
    assert not await vault.put_session(replace(first, revision=2))
    assert await vault.session(first.id) is None
    assert await vault.put_session(first)
    for revision in (1, 3):
        assert not await vault.put_session(replace(first, used="hash-1", revision=revision))
    assert await vault.session(first.id) == first


async def test_of_all_who_change_a_session_at_once_exactly_one_is_in_time(vault: Vault) -> None:
    first = a_session()
    assert await vault.put_session(first)
    changes = [replace(first, current=(f"hash-{turn}",), revision=2) for turn in range(20)]
    stored = await asyncio.gather(*(vault.put_session(change) for change in changes))
    assert stored.count(True) == 1
    assert await vault.session(first.id) == changes[stored.index(True)]


async def test_of_all_who_open_the_same_session_exactly_one_does(vault: Vault) -> None:
    first = a_session()
    openings = [replace(first, current=(f"hash-{turn}",)) for turn in range(20)]
    stored = await asyncio.gather(*(vault.put_session(opening) for opening in openings))
    assert stored.count(True) == 1
    assert await vault.session(first.id) == openings[stored.index(True)]


async def test_the_sessions_of_an_account_are_those_that_go_on(write_side: WriteSide) -> None:
    vault, account = write_side.vault, AccountId(unique("ac"))
    sessions = [replace(a_session(), account_id=account) for _ in range(3)]
    for session in (*sessions, a_session()):
        assert await vault.put_session(session)
    ended = replace(sessions[0], ended=True, revision=2)
    assert await vault.put_session(ended)
    for reader in (vault, write_side.restarted().vault):
        found = await reader.sessions(account)
        assert sorted(found, key=lambda session: session.id) == sorted(sessions[1:], key=lambda session: session.id)
    assert await vault.sessions(AccountId(unique("ac"))) == []


async def test_a_session_that_goes_on_stays_among_its_accounts(vault: Vault) -> None:
    first = a_session()
    assert await vault.put_session(first)
    later = replace(first, expires_at=first.expires_at + 40 * 24 * 3_600_000, revision=2)
    assert await vault.put_session(later)
    assert await vault.sessions(first.account_id) == [later]


async def test_a_session_that_was_refused_changes_nothing_among_its_accounts(vault: Vault) -> None:
    first = a_session()
    assert not await vault.put_session(replace(first, revision=2))
    assert await vault.sessions(first.account_id) == []
    assert await vault.put_session(first)
    assert not await vault.put_session(replace(first, used="x", revision=5))
    assert await vault.sessions(first.account_id) == [first]


async def test_a_key_that_another_process_remembers_is_gone_for_it_too(write_side: WriteSide) -> None:
    subject, other = unique("ac"), write_side.restarted().vault
    key = await write_side.vault.create_key(subject)
    assert await other.keys([subject]) == {subject: key}
    await write_side.vault.destroy_key(subject)
    assert await other.keys([subject]) == {subject: None}
