"""What OpenSearch is asked over, against a server that says what a test wants: refusals, silence, and hanging up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from infra.opensearch.address import OpensearchAddress
from infra.opensearch.connection import OpensearchConnection
from schemas.errors import Unavailable
from tests.pace import patient
from tests.ports import free_ports

WITHIN_S = 10.0
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n" + b'{"a":1}'


def refusal(status: int) -> bytes:
    return b"HTTP/1.1 %d Refused\r\nContent-Length: 2\r\n\r\n{}" % status


@dataclass
class Fake:
    """A server that answers every request alike, and remembers what was asked."""

    answer: bytes = OK
    hangs_up: bool = False
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    connections: int = 0

    async def serve(self, incoming: asyncio.StreamReader, outgoing: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = (await incoming.readuntil(b"\r\n\r\n")).decode()
                _, _, said = head.lower().partition("content-length: ")
                self.heads.append(head)
                self.bodies.append(await incoming.readexactly(int(said.split("\r\n")[0] or 0)))
                outgoing.write(self.answer)
                await outgoing.drain()
                if self.hangs_up:
                    break
        except asyncio.IncompleteReadError:
            pass  # the other side has left
        finally:
            outgoing.close()


@asynccontextmanager
async def serving(fake: Fake, port: int = 0) -> AsyncIterator[str]:
    server = await asyncio.start_server(fake.serve, "127.0.0.1", port)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


@asynccontextmanager
async def connected(url: str, user: str = "", password: str = "") -> AsyncIterator[OpensearchConnection]:
    connection = OpensearchConnection(OpensearchAddress(url, user, password))
    yield connection
    await connection.close()


async def test_what_is_asked_arrives_as_it_is_and_over_one_connection() -> None:
    fake = Fake()
    async with serving(fake) as url, connected(f"{url}/behind/", "ann", "pässword") as connection:
        assert await connection.ask("POST", "/_bulk", b'{"a":1}\n', refresh="wait_for") == {"a": 1}
        assert await connection.ask("POST", "/index/_search", {"size": 1}) == {"a": 1}
    assert [head.split(" HTTP")[0] for head in fake.heads] == [
        "POST /behind/_bulk?refresh=wait_for",
        "POST /behind/index/_search",
    ]
    assert fake.bodies == [b'{"a":1}\n', b'{"size":1}']
    assert "Content-Type: application/x-ndjson" in fake.heads[0]
    assert "Content-Type: application/json" in fake.heads[1]
    assert "Authorization: Basic YW5uOnDDpHNzd29yZA==" in fake.heads[0]
    assert fake.connections == 1


@pytest.mark.parametrize("status", [400, 404, 429, 503])
async def test_a_refusal_is_unavailable_unless_it_is_fine(status: int) -> None:
    async with serving(Fake(refusal(status))) as url, connected(url) as connection:
        assert await connection.ask("GET", "/index", fine=(status,)) == {}
        with pytest.raises(Unavailable):
            await connection.ask("GET", "/index")


async def test_where_nobody_answers_it_is_unavailable_until_somebody_does() -> None:
    (port,) = free_ports(1)
    async with connected(f"http://127.0.0.1:{port}") as connection:
        with pytest.raises(Unavailable):
            await connection.ask("GET", "/")
        async with serving(Fake(), port):
            assert await connection.ask("GET", "/") == {"a": 1}


@pytest.mark.parametrize("answer", [b"", OK[:-1]])
async def test_a_server_that_hangs_up_in_the_middle_is_unavailable(answer: bytes) -> None:
    async with serving(Fake(answer, hangs_up=True)) as url, connected(url) as connection:
        with pytest.raises(Unavailable):
            await connection.ask("POST", "/index/_search", {})


async def test_a_connection_that_was_closed_meanwhile_is_replaced() -> None:
    fake = Fake(hangs_up=True)
    async with serving(fake) as url, connected(url) as connection:
        assert await connection.ask("POST", "/index/_search", {}) == {"a": 1}
        async with asyncio.timeout(patient(WITHIN_S)):
            while not await answered(connection):
                pass  # the end of the first has not been heard of yet
    assert fake.connections == 2


async def answered(connection: OpensearchConnection) -> bool:
    try:
        return await connection.ask("POST", "/index/_search", {}) == {"a": 1}
    except Unavailable:
        return False
