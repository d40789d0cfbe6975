"""The CQL session under pages, cancellation, closed loops, refusals, and several processes that start at once."""

import asyncio
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from cassandra import InvalidRequest

from infra.cql.address import CqlServers, Keyspace
from infra.cql.definitions import REQUEST_S, define
from infra.cql.driver import cluster_of
from infra.cql.schema import create_schema
from infra.cql.session import AT_ONCE, CqlSession
from schemas.errors import Unavailable
from tests.contract.cql_keyspace import DATACENTER
from tests.contract.fixtures_write import unique

INSERT = "INSERT INTO number_marks (key, number) VALUES (?, ?)"
SELECT = "SELECT number FROM number_marks WHERE key = ?"
ADD_VERSION = "INSERT INTO streams (stream, version, event_id) VALUES (?, ?, ?)"
VERSIONS = "SELECT version FROM streams WHERE stream = ?"


@pytest.fixture
def session(cql: CqlSession) -> CqlSession:
    return cql


async def test_an_answer_of_several_pages_comes_whole_and_in_order(session: CqlSession) -> None:
    stream, rows = unique("long"), 5_000 + 1
    await session.execute_many((ADD_VERSION, (stream, version, "ev")) for version in range(rows))
    found = await session.execute(VERSIONS, (stream,))
    assert [record["version"] for record in found] == list(range(rows))


async def test_many_statements_are_answered_in_the_order_given(session: CqlSession) -> None:
    keys = [unique("n") for _ in range(3 * AT_ONCE)]
    await session.execute_many((INSERT, (key, place)) for place, key in enumerate(keys))
    found = await session.execute_many((SELECT, (key,)) for key in keys)
    assert [records[0]["number"] for records in found] == list(range(len(keys)))


async def test_of_many_statements_one_that_fails_is_heard(session: CqlSession) -> None:
    statements = [(INSERT, (unique("n"), place)) for place in range(100)]
    with pytest.raises(TypeError):
        await session.execute_many([*statements[:50], (INSERT, ("x", "no number")), *statements[50:]])


async def test_who_gives_up_waiting_disturbs_nobody(session: CqlSession) -> None:
    key = unique("n")
    waiting = [asyncio.create_task(session.execute(INSERT, (key, 7))) for _ in range(50)]
    await asyncio.sleep(0)
    for task in waiting[::2]:
        task.cancel()
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert [isinstance(one, asyncio.CancelledError) for one in ended] == [True, False] * 25
    assert await session.execute(SELECT, (key,)) == [{"number": 7}]


def test_a_loop_that_closes_with_requests_under_way_leaves_the_session_to_the_next(session: CqlSession) -> None:
    key = unique("n")

    async def abandon() -> None:
        await session.execute(INSERT, (key, 8))
        under_way = [asyncio.ensure_future(session.execute(SELECT, (key,))) for _ in range(20)]
        await asyncio.sleep(0)
        assert not any(request.done() for request in under_way)

    for _ in range(5):
        asyncio.run(abandon())  # which cancels what is under way, and closes the loop
    assert asyncio.run(session.execute(SELECT, (key,))) == [{"number": 8}]


def test_loops_in_several_threads_share_a_session(session: CqlSession) -> None:
    keys = [unique("n") for _ in range(4)]

    async def count(key: str) -> int:
        for number in range(25):
            await session.execute(INSERT, (key, number))
        return int((await session.execute(SELECT, (key,)))[0]["number"])

    with ThreadPoolExecutor(len(keys)) as threads:
        assert list(threads.map(lambda key: asyncio.run(count(key)), keys)) == [24] * len(keys)


async def test_a_statement_that_is_wrong_is_a_fault_of_ours_and_not_tried_again(session: CqlSession) -> None:
    with pytest.raises(InvalidRequest, match="nothing_like_it"):
        await session.execute("SELECT nothing_like_it FROM number_marks")


async def test_a_conditional_statement_says_whether_it_took_place(session: CqlSession) -> None:
    first = "INSERT INTO streams (stream, version, event_id) VALUES (?, 1, ?) IF NOT EXISTS"
    key = unique("n")
    assert await session.apply(first, (key, "mine")) is True
    assert await session.apply(first, (key, "yours")) is False
    taken = "SELECT event_id FROM streams WHERE stream = ?"
    assert await session.execute(taken, (key,), serial=True) == [{"event_id": "mine"}]


def test_without_a_server_there_is_no_session(cql_servers: CqlServers) -> None:
    nowhere = replace(cql_servers, port=1)
    with pytest.raises(Unavailable, match="no CQL server"):
        CqlSession.connect(nowhere, Keyspace("nowhere", {DATACENTER: 1}))


@pytest.mark.parametrize("name", ["", "Photolog", "photo-log", "photolog; DROP KEYSPACE x", "1st", "a" * 49])
def test_a_keyspace_needs_a_plain_name(name: str) -> None:
    with pytest.raises(ValueError, match="keyspace"):
        Keyspace(name, {DATACENTER: 1})


async def test_statements_that_are_new_to_everyone_are_prepared_once_for_all_who_wait(session: CqlSession) -> None:
    new = f"SELECT number AS {unique('n')} FROM number_marks WHERE key = ?"
    waiting = [asyncio.create_task(session.execute(new, (str(turn),))) for turn in range(20)]
    await asyncio.sleep(0)
    waiting[0].cancel()  # whoever asked first does not take the others along
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert ended[1:] == [[]] * 19


async def test_a_closed_session_says_that_it_is_unavailable(cql_servers: CqlServers, new_keyspace: Keyspace) -> None:
    session = await asyncio.to_thread(CqlSession.connect, cql_servers, new_keyspace)
    local = "SELECT release_version FROM system.local"
    assert await session.execute(local)
    await asyncio.to_thread(session.close)
    with pytest.raises(Unavailable):
        await session.execute(local)


@pytest.fixture
def new_keyspace(cql_servers: CqlServers) -> Iterator[Keyspace]:
    """One that is not there yet, and is gone afterwards."""
    keyspace = Keyspace(f"test_{uuid.uuid4().hex[:12]}", {DATACENTER: 1}, durable=False)
    yield keyspace
    session = CqlSession.connect(cql_servers, keyspace)
    asyncio.run(session.define([f"DROP KEYSPACE IF EXISTS {keyspace.name}"]))
    session.close()


def test_several_processes_that_start_at_once_agree_on_one_schema(
    cql_servers: CqlServers, new_keyspace: Keyspace
) -> None:
    def start(turn: int) -> str:
        session = CqlSession.connect(cql_servers, new_keyspace)
        try:
            asyncio.run(create_schema(session))
            asyncio.run(session.execute(INSERT, (str(turn), turn)))
        finally:
            session.close()
        return str(turn)

    with ThreadPoolExecutor(5) as processes:
        keys = list(processes.map(start, range(5)))
    session = CqlSession.connect(cql_servers, new_keyspace)
    try:
        found = asyncio.run(session.execute_many((SELECT, (key,)) for key in keys))
    finally:
        session.close()
    assert [records[0]["number"] for records in found] == list(range(5))


def test_servers_that_agree_late_are_waited_for_and_no_longer(cql_servers: CqlServers, cql: CqlSession) -> None:
    cluster = cluster_of(cql_servers)
    cluster.schema_metadata_enabled = False  # then the driver says of every definition that nobody agrees yet
    connection = cluster.connect(cql.keyspace)
    began = time.monotonic()
    try:
        define(connection, [f"CREATE TABLE {unique('late').replace('-', '_')} (key text PRIMARY KEY)"])
    finally:
        cluster.shutdown()
    assert time.monotonic() - began < REQUEST_S
