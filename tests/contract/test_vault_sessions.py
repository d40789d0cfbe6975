"""The contract of the Vault port: sessions that race safely, and which of them an account has."""

import asyncio
from dataclasses import replace

from commands.ports import Pair, Session, Use, Vault
from schemas.ids import AccountId, SessionId
from tests.contract.fixtures_write import EVERY_LEDGER, WriteSide, unique

pytestmark = EVERY_LEDGER

NOW = 1_700_000_000_000


def a_session() -> Session:
    return Session(
        id=SessionId(unique("se")),
        account_id=AccountId(unique("ac")),
        opened_at=NOW,
        expires_at=NOW + 1_000,
        current=(Pair("hash-1", NOW),),
        used=(),
        used_at=0,
    )


async def test_an_unknown_session_is_none(vault: Vault) -> None:
    assert await vault.session(SessionId(unique("se"))) is None


async def test_a_session_is_read_as_it_was_stored_and_ended_ones_too(write_side: WriteSide) -> None:
    opened = a_session()
    two = (Pair("hash-2", NOW + 5), Pair("hash-3", NOW + 7))
    used = (Use("hash-0", NOW + 1, 8), Use("hash-1", NOW + 5, 2))
    turned = replace(opened, current=two, used=used, used_at=NOW + 7, revision=2)
    ended = replace(turned, ended=True, revision=3)
    for session in (opened, turned, ended):
        assert await write_side.vault.put_session(session)
        assert await write_side.vault.session(opened.id) == session
    assert await write_side.restarted().vault.session(opened.id) == ended


async def test_a_session_is_stored_only_above_the_revision_before_it(vault: Vault) -> None:
    first = a_session()
    assert not await vault.put_session(replace(first, revision=2))
    assert await vault.session(first.id) is None
    assert await vault.put_session(first)
    for revision in (1, 3):
        assert not await vault.put_session(replace(first, used=(Use("hash-1", NOW, 1),), revision=revision))
    assert await vault.session(first.id) == first


async def test_of_all_who_change_a_session_at_once_exactly_one_is_in_time(vault: Vault) -> None:
    first = a_session()
    assert await vault.put_session(first)
    changes = [replace(first, current=(Pair(f"hash-{turn}", NOW),), revision=2) for turn in range(20)]
    stored = await asyncio.gather(*(vault.put_session(change) for change in changes))
    assert stored.count(True) == 1
    assert await vault.session(first.id) == changes[stored.index(True)]


async def test_of_all_who_open_the_same_session_exactly_one_does(vault: Vault) -> None:
    first = a_session()
    openings = [replace(first, current=(Pair(f"hash-{turn}", NOW),)) for turn in range(20)]
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
    assert not await vault.put_session(replace(first, used=(Use("x", NOW, 1),), revision=5))
    assert await vault.sessions(first.account_id) == [first]


async def test_a_session_that_ended_is_none_of_its_accounts_whoever_renews_it(vault: Vault) -> None:
    first = a_session()
    assert await vault.put_session(first)
    assert await vault.put_session(replace(first, ended=True, revision=2))
    assert not await vault.put_session(replace(first, used_at=NOW + 1, revision=2))
    assert await vault.sessions(first.account_id) == []
