"""The same protocol as bare statements: read the stream, insert its version, append to the log, move the mark.

And the conditional insert alone. Same rows, same sizes, the drivers' own speed: what the handler is compared with.
"""

import asyncio
import itertools
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from infra.cql.recorder import INSERT, SELECT
from infra.cql.session import CqlSession
from infra.kafka.producing import KafkaProducing, Outgoing
from infra.process.settings import Settings
from infra.wiring import places
from schemas.positions import FOLLOWS

WIRE = b"x" * 420
"""As long as a follow is on the wire."""
MARK = "INSERT INTO marks (stream, version, topic, log_partition, log_offset) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?"
IDS = ("ev_00000000000", "cm_00000000000", "follow.started.v1", WIRE, None)

Bare = tuple[Callable[[], Awaitable[object]], Callable[[], Awaitable[object]]]
"""The whole protocol, and the insert alone."""


@asynccontextmanager
async def bare_cluster(settings: Settings) -> AsyncIterator[Bare]:
    """CQL and Kafka, with the session and the producer that the adapters use."""
    keyspace = places.keyspace(settings)
    session = await asyncio.to_thread(CqlSession.connect, places.cql_servers(settings), keyspace)
    producing = KafkaProducing(places.kafka(settings))
    topic, numbers = places.prefix(settings) + FOLLOWS, itertools.count()
    load = SELECT.format("ASC")

    async def insert() -> None:
        stream = f"follow/bare/{next(numbers)}"
        if not await session.apply(INSERT, (stream, 1, *IDS)):
            raise RuntimeError("a version was taken")

    async def protocol() -> None:
        stream = f"follow/bare/{next(numbers)}"
        await session.execute(load, (stream, -1, 2**63 - 1, 2**31 - 1))
        await session.apply(INSERT, (stream, 1, *IDS))
        (offset,) = await producing.send([Outgoing(topic, 0, b"bare", WIRE, [("stream", stream.encode())])])
        await session.execute(MARK, (stream, 1, FOLLOWS, 0, offset, 1))

    yield protocol, insert
    await producing.close()
    await asyncio.to_thread(session.close)


@asynccontextmanager
async def bare_embedded(path: Path) -> AsyncIterator[Bare]:
    """sqlite3 alone, with a commit for all that were asked for while the one before was written."""
    group = _Group(path)
    yield group.protocol, group.insert
    group.close()


class _Group:
    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE streams(stream, version, event_id, command_id, type, wire, PRIMARY KEY (stream, version))"
            " WITHOUT ROWID;"
            "CREATE TABLE log(offset INTEGER PRIMARY KEY, stream, version, event_id, type, wire);"
            "CREATE TABLE marks(stream TEXT PRIMARY KEY, version, offset) WITHOUT ROWID;"
        )
        self._numbers = itertools.count()
        self._waiting: list[tuple[Callable[[str], None], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def insert(self) -> None:
        await self._write(self._insert)

    async def protocol(self) -> None:
        await self._write(self._whole)

    def close(self) -> None:
        self._connection.close()

    def _insert(self, stream: str) -> None:
        self._connection.execute("INSERT INTO streams VALUES (?, 1, ?, ?, ?, ?)", (stream, *IDS[:4]))

    def _whole(self, stream: str) -> None:
        self._connection.execute("SELECT * FROM streams WHERE stream = ?", (stream,)).fetchall()
        self._insert(stream)
        put = "INSERT INTO log (stream, version, event_id, type, wire) VALUES (?, 1, ?, ?, ?)"
        offset = self._connection.execute(put, (stream, IDS[0], IDS[2], WIRE)).lastrowid
        self._connection.execute("INSERT INTO marks VALUES (?, 1, ?)", (stream, offset))

    async def _write(self, work: Callable[[str], None]) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._commit())
        await done

    async def _commit(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            self._connection.execute("BEGIN IMMEDIATE")
            for work, _ in group:
                work(f"follow/bare/{next(self._numbers)}")
            await asyncio.to_thread(self._connection.commit)
            for _, done in group:
                done.set_result(None)
