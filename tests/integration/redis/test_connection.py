"""The connection to Redis under faults: killed, silent and refusing servers, lost answers, forgotten scripts."""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import uvloop
from hiredis import ReplyError

from infra.redis.address import RedisAddress
from infra.redis.connection import DEADLINE_S, RedisConnection
from infra.redis.gates import RedisGates
from schemas.errors import Unavailable
from tests.local_wires import CutWire, listening
from tests.pace import patient
from tests.ports import free_ports
from tests.redis_server import ONE_NODE, RedisProcess, redis_server

NOW = 1_700_000_000_000


async def pinged_for_ever(connection: RedisConnection) -> None:
    while True:
        await connection.call("PING")


async def test_everybody_gets_the_answer_to_what_they_asked(connection: RedisConnection) -> None:
    async def ask(number: int) -> None:
        commands = [("ECHO", f"{number} {turn}") for turn in range(number % 7 + 1)]
        assert await connection.many(commands) == [text.encode() for _, text in commands]

    await asyncio.gather(*(ask(number) for number in range(1_000)))


async def test_who_stops_waiting_takes_nobody_elses_answer(connection: RedisConnection) -> None:
    await connection.call("PING")
    asked = [asyncio.ensure_future(connection.call("ECHO", str(number))) for number in range(100)]
    await asyncio.sleep(0)
    for task in asked[::2]:
        task.cancel()
    kept = await asyncio.gather(*asked[1::2])
    assert kept == [str(number).encode() for number in range(1, 100, 2)]
    assert await connection.call("ECHO", "later") == b"later"


async def test_answers_longer_than_a_packet_arrive_whole(connection: RedisConnection) -> None:
    long = os.urandom(3_000_000)
    assert await connection.many([("ECHO", long), ("ECHO", "short"), ("ECHO", long)]) == [long, b"short", long]


async def test_a_killed_redis_is_unavailable_and_is_used_again_when_it_is_back(
    server: RedisProcess, connection: RedisConnection
) -> None:
    await connection.call("SET", "key", "kept")
    for _ in range(2):
        server.kill()
        with pytest.raises(Unavailable):
            await connection.call("GET", "key")
        server.start()
        assert await connection.call("GET", "key") is not None


async def test_calls_that_are_under_way_at_a_kill_end_with_an_error_or_an_answer(
    server: RedisProcess, connection: RedisConnection
) -> None:
    await connection.call("PING")
    asked = [asyncio.ensure_future(connection.call("DEBUG", "SLEEP", "0.2")) for _ in range(3)]
    asked += [asyncio.ensure_future(connection.call("PING")) for _ in range(200)]
    await asyncio.sleep(0)
    server.kill()
    ended = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), patient(DEADLINE_S))
    assert all(isinstance(end, Unavailable) for end in ended)


async def test_a_silent_redis_is_given_up_within_the_deadline(server: RedisProcess) -> None:
    connection = RedisConnection(server.address, answer_s=0.1)
    await connection.call("PING")
    server.freeze()
    with pytest.raises(Unavailable):
        await asyncio.wait_for(asyncio.gather(*(connection.call("PING") for _ in range(50))), patient(DEADLINE_S))
    server.go_on()
    assert await connection.call("PING") == b"PONG"
    await connection.close()


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_process_that_was_busy_itself_does_not_blame_redis(
    server: RedisProcess, new_loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    async def ask() -> None:
        connection = RedisConnection(server.address, answer_s=0.05)
        await connection.call("PING")
        asked = [asyncio.ensure_future(connection.call("INCR", "sent", repeat=False)) for _ in range(10)]
        await asyncio.sleep(0)
        time.sleep(0.1)  # noqa: ASYNC251 - nothing else runs, as while something heavy is computed
        assert await asyncio.gather(*asked) == list(range(1, 11))
        await connection.close()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(ask())


async def test_nobody_listening_is_unavailable() -> None:
    connection = RedisConnection(RedisAddress(port=free_ports(1)[0]))
    with pytest.raises(Unavailable):
        await asyncio.wait_for(connection.call("PING"), patient(DEADLINE_S))
    await connection.close()


async def test_a_call_whose_answer_is_lost_is_made_again(server: RedisProcess) -> None:
    async with listening(wire := CutWire(f"127.0.0.1:{server.address.port}")) as port:
        connection = RedisConnection(replace(server.address, port=port))
        await connection.call("PING")
        wire.cuts = 1
        assert await connection.call("INCR", "sent") == 2
        await connection.close()


async def test_a_take_whose_answer_is_lost_is_not_made_again(server: RedisProcess) -> None:
    async with listening(wire := CutWire(f"127.0.0.1:{server.address.port}")) as port:
        connection = RedisConnection(replace(server.address, port=port))
        gates = RedisGates(connection)
        assert (await gates.take("another", 1, 60, NOW)).allowed
        assert await gates.once("another", 60, NOW)
        wire.cuts = 1
        with pytest.raises(Unavailable):
            await gates.take("gate", 10, 60, NOW)
        assert (await gates.peek("gate", 10, NOW)).remaining == 9
        wire.cuts = 1
        with pytest.raises(Unavailable):
            await gates.once("gate", 60, NOW)
        assert not await gates.once("gate", 60, NOW)
        await connection.close()


async def test_a_take_while_there_is_no_connection_waits_for_one(server: RedisProcess) -> None:
    async with listening(wire := CutWire(f"127.0.0.1:{server.address.port}")) as port:
        wire.cuts = 1  # of what is said when a connection begins
        connection = RedisConnection(replace(server.address, port=port))
        assert (await RedisGates(connection).take("gate", 10, 60, NOW)).remaining == 9
        await connection.close()


async def test_scripts_that_redis_forgot_are_told_again(server: RedisProcess, connection: RedisConnection) -> None:
    double, name = connection.script("return ARGV[1] * 2"), connection.script("return KEYS[1]")
    for _ in range(2):
        server.ask("SCRIPT", "FLUSH")
        calls = [
            ("EVALSHA", double, 1, "key", 21),
            ("PING",),
            ("EVALSHA", name, 1, "key"),
            ("EVALSHA", double, 1, "", 4),
        ]
        assert await connection.many(calls) == [42, b"PONG", b"key", 8]
    server.ask("CONFIG", "RESETSTAT")
    await connection.many(calls)
    assert "cmdstat_eval" not in server.ask("INFO", "commandstats")


async def test_a_mistake_of_ours_is_not_called_unavailable(connection: RedisConnection) -> None:
    with pytest.raises(ReplyError, match="wrong number of arguments"):
        await connection.call("GET")
    assert await connection.call("PING") == b"PONG"


async def test_a_busy_redis_is_unavailable(server: RedisProcess, connection: RedisConnection) -> None:
    server.ask("CONFIG", "SET", "busy-reply-threshold", 1)
    other = RedisConnection(server.address)
    endless = asyncio.create_task(other.call("EVAL", "while true do end", 0, repeat=False))
    with pytest.raises(Unavailable):
        await pinged_for_ever(connection)
    assert await connection.many([("SCRIPT", "KILL")]) == [b"OK"]
    with pytest.raises(ReplyError, match="killed"):
        await endless
    await other.close()


async def test_a_password_opens_and_a_wrong_one_does_not(server: RedisProcess) -> None:
    server.ask("CONFIG", "SET", "requirepass", "open sesame")
    opened = RedisConnection(replace(server.address, password="open sesame", database=3))
    assert await opened.call("SET", "key", "in database 3") == b"OK"
    assert b"db=3" in await opened.call("CLIENT", "INFO")
    await opened.close()
    for password in ("wrong", ""):
        closed = RedisConnection(replace(server.address, password=password))
        with pytest.raises(ReplyError, match=r"WRONGPASS|NOAUTH"):
            await closed.call("GET", "key")
        await closed.close()


async def test_the_clusters_node_of_the_contract_suites_refuses_two_slots(tmp_path: Path) -> None:
    with redis_server(tmp_path / "node", *ONE_NODE) as node:
        connection = RedisConnection(node.address)
        for two_keys in (("MGET", "a", "b"), ("EVAL", "return 1", 2, "a", "b")):
            with pytest.raises(ReplyError, match="CROSSSLOT"):
                await connection.call(*two_keys)
        await connection.close()
