"""The CQL adapters on a wire that loses answers or breaks: what was decided is found out, what was not is said."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from commands.ports import KeyRecord
from infra.cql.address import CqlServers, Keyspace
from infra.cql.errors import Uncertain
from infra.cql.ledger import CqlLedger
from infra.cql.session import CqlSession
from infra.cql.sessions import NAMED_BY
from infra.cql.vault import CqlVault
from schemas.errors import Unavailable
from schemas.ids import CommandId
from tests.contract.cql_keyspace import DATACENTER
from tests.contract.fixtures_write import MASTER_KEY, a_stream, again, decided, unique
from tests.contract.test_vault_sessions import a_session
from tests.faulty_wire import FaultyWire, faulty_wire
from tests.pace import patient

NOW = 1_700_000_000_000
INSERT = "INSERT INTO number_marks (key, number) VALUES (?, ?) IF NOT EXISTS"


@pytest.fixture
def healthy(cql: CqlSession) -> CqlSession:
    """A session whose wire is sound."""
    return cql


@pytest.fixture
def wire(cql_servers: CqlServers) -> Iterator[FaultyWire]:
    with faulty_wire(cql_servers.contact_points[0], cql_servers.port) as wire:
        yield wire


@pytest.fixture
def session(cql_servers: CqlServers, healthy: CqlSession, wire: FaultyWire) -> Iterator[CqlSession]:
    """A session in the same keyspace on the faulty wire, quick to give up."""
    where = replace(cql_servers, port=wire.port, request_s=0.3)
    session = CqlSession.connect(where, Keyspace(healthy.keyspace, {DATACENTER: 1}))
    yield session
    session.close()


@asynccontextmanager
async def answers_lost(wire: FaultyWire, stands: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Loses the answers of what happens inside until its outcome can be seen on a sound wire."""
    wire.silent = True
    yield
    async with asyncio.timeout(patient(5)):
        while not (await stands() and wire.lost):  # what stands may be seen before its answer is on the wire
            pass
    wire.silent = False


async def test_a_request_without_an_answer_is_said_to_be_unavailable(session: CqlSession, wire: FaultyWire) -> None:
    await session.execute("SELECT number FROM number_marks WHERE key = ?", ("x",))
    wire.silent = True
    with pytest.raises(Unavailable) as raised:
        await session.execute("SELECT number FROM number_marks WHERE key = ?", ("x",))
    assert raised.value.status == 503
    assert raised.value.retry_after
    assert not isinstance(raised.value, Uncertain)


async def test_a_conditional_write_without_an_answer_is_uncertain(
    session: CqlSession, healthy: CqlSession, wire: FaultyWire
) -> None:
    key = unique("n")
    await session.apply(INSERT, (unique("n"), 1))
    wire.silent = True
    with pytest.raises(Uncertain):
        await session.apply(INSERT, (key, 1))
    assert await healthy.apply(INSERT, (key, 1)) is False


async def test_a_broken_wire_is_mended_without_a_new_session(session: CqlSession, wire: FaultyWire) -> None:
    key = unique("n")
    await session.apply(INSERT, (key, 1))
    wire.run(wire.broken()).result()
    with pytest.raises(Unavailable):
        await session.execute("SELECT number FROM number_marks WHERE key = ?", (key,))
    wire.run(wire.open()).result()
    async with asyncio.timeout(patient(20)):
        assert await _until_it_answers(session, key) == [{"number": 1}]


class AtOnce(ThreadPoolExecutor):
    """Has done what it is given before the next line: by luck, a thread has that too."""

    def submit(self, *asked: Any, **named: Any) -> Any:
        future = super().submit(*asked, **named)
        wait([future])
        return future


async def test_a_statement_that_cannot_be_prepared_is_said_to_be_unavailable(
    session: CqlSession, wire: FaultyWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "_preparer", AtOnce(1))
    wire.run(wire.broken()).result()
    with pytest.raises(Unavailable):
        await session.execute("SELECT number FROM number_marks WHERE key = ?", (unique("n"),))


async def _until_it_answers(session: CqlSession, key: str) -> object:
    while True:
        try:
            return await session.execute("SELECT number FROM number_marks WHERE key = ?", (key,))
        except Unavailable:
            continue


async def test_an_insert_whose_answer_was_lost_is_known_to_have_won(
    session: CqlSession, healthy: CqlSession, wire: FaultyWire
) -> None:
    ledger, sound = CqlLedger(session), CqlLedger(healthy)
    assert await ledger.insert(decided(a_stream(), 1, 2))
    rows = decided(a_stream(), 1, 2)
    async with answers_lost(wire, lambda: sound.load(rows[0].stream)):
        inserting = asyncio.create_task(ledger.insert(rows))
    assert await inserting is True
    assert await sound.load(rows[0].stream) == rows


async def test_an_insert_that_was_too_late_and_whose_answer_was_lost_is_known_to_have_lost(
    session: CqlSession, healthy: CqlSession, wire: FaultyWire
) -> None:
    ledger, sound = CqlLedger(session), CqlLedger(healthy)
    rows = decided(a_stream(), 1)
    assert await ledger.insert(rows)

    async def lost() -> bool:
        await sound.load(rows[0].stream)
        return wire.lost > 0

    async with answers_lost(wire, lost):
        inserting = asyncio.create_task(ledger.insert(again(rows)))
    assert await inserting is False
    assert await sound.load(rows[0].stream) == rows


async def test_a_reservation_whose_answer_was_lost_belongs_to_its_holder(
    session: CqlSession, healthy: CqlSession, wire: FaultyWire
) -> None:
    ledger, sound = CqlLedger(session), CqlLedger(healthy)
    record = KeyRecord(unique("scope"), "hash", CommandId("cm"), "seed", NOW + 1, unique("holder"))
    await ledger.reserve(replace(record, scope=unique("scope")), NOW)
    other = replace(record, holder=unique("holder"), command_id=CommandId("other"))

    async def stands() -> bool:
        found = await healthy.execute("SELECT holder FROM key_records WHERE scope = ?", (record.scope,))
        return bool(found)

    async with answers_lost(wire, stands):
        reserving = asyncio.create_task(ledger.reserve(record, NOW))
    assert await reserving == record
    assert await sound.reserve(other, NOW) == record


async def test_a_session_whose_answer_was_lost_is_known_to_be_stored(
    session: CqlSession, healthy: CqlSession, wire: FaultyWire
) -> None:
    vault, sound, opened = CqlVault(session, MASTER_KEY), CqlVault(healthy, MASTER_KEY), a_session()
    assert await vault.put_session(a_session())

    async def named() -> bool:  # which comes before the session itself
        found = await healthy.execute(NAMED_BY, (opened.account_id,))
        return {"id": opened.id} in found

    async with answers_lost(wire, named):
        putting = asyncio.create_task(vault.put_session(opened))
    assert await putting is True
    assert await sound.put_session(opened) is False
