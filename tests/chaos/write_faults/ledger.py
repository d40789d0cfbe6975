"""The ledger as it stands, read by CQL alone: what was decided, how far it is marked, what each key was given."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from infra.cql.address import CqlServers, Keyspace
from infra.cql.session import CqlSession
from schemas.errors import Unavailable
from tests.chaos.write_faults.sent import Sent
from tests.pace import patient
from tests.sites import DATACENTER

STREAMS = "SELECT stream, version, event_id, command_id FROM streams"
MARKS = "SELECT stream, version, topic, log_partition, log_offset FROM marks"
KEY = "SELECT command_id, seed FROM key_records WHERE scope = ?"
KEY_AND_ANSWER = "SELECT command_id, seed, answer FROM key_records WHERE scope = ?"
ROWS = "SELECT version, command_id FROM streams WHERE stream = ?"
MARK = "SELECT version FROM marks WHERE stream = ?"
BACK_WITHIN_S, PAUSE_S = 60.0, 0.2

T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """One decided version."""

    event_id: str
    command_id: str


@dataclass(frozen=True)
class Snapshot:
    """All streams by version, and their marks: how far, and the place in the log of that version."""

    streams: Mapping[str, Mapping[int, Row]]
    marks: Mapping[str, tuple[int, tuple[str, int, int]]]

    def above_marks(self) -> list[tuple[str, int]]:
        """What was decided and is not marked as being in the log."""
        marked = {stream: version for stream, (version, _) in self.marks.items()}
        return [
            (stream, version)
            for stream, rows in self.streams.items()
            for version in rows
            if version > marked.get(stream, 0)
        ]


@dataclass(frozen=True)
class Key:
    """What a key was given. Ids that its command creates derive from the seed."""

    command_id: str
    seed: str
    answered: bool = False


class LedgerReader:
    """Reads past the proxies. A server that is away is waited for."""

    def __init__(self, session: CqlSession) -> None:
        self._session = session

    async def snapshot(self) -> Snapshot:
        """Everything."""
        streams: dict[str, dict[int, Row]] = {}
        for row in await patiently(lambda: self._session.execute(STREAMS)):
            streams.setdefault(row["stream"], {})[row["version"]] = Row(row["event_id"], row["command_id"])
        marks = {
            row["stream"]: (row["version"], (row["topic"], row["log_partition"], row["log_offset"]))
            for row in await patiently(lambda: self._session.execute(MARKS))
        }
        return Snapshot(streams, marks)

    async def keys(self, sent: Sequence[Sent], answers: bool = False) -> dict[str, Key]:
        """What these commands' keys were given, by key; `answers` looks whether an answer is kept, too."""
        statement = KEY_AND_ANSWER if answers else KEY
        found = await patiently(lambda: self._session.execute_many((statement, (one.scope,)) for one in sent))
        return {
            one.command.key: Key(rows[0]["command_id"], rows[0]["seed"], rows[0].get("answer") is not None)
            for one, rows in zip(sent, found, strict=True)
            if rows
        }

    async def is_above_mark(self, stream: str, command_id: str) -> bool:
        """Whether this command has decided a version of the stream that is not marked."""
        rows = await patiently(lambda: self._session.execute(ROWS, (stream,)))
        decided = [row["version"] for row in rows if row["command_id"] == command_id]
        marks = await patiently(lambda: self._session.execute(MARK, (stream,)))
        return bool(decided) and (not marks or marks[0]["version"] < max(decided))


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """What is answered as soon as the store is there. Raises Unavailable if that takes too long."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patient(BACK_WITHIN_S)
    while True:
        try:
            return await ask()
        except Unavailable:
            if loop.time() > deadline:
                raise
        await asyncio.sleep(PAUSE_S)


@asynccontextmanager
async def open_ledger(environment: Mapping[str, str]) -> AsyncIterator[LedgerReader]:
    """The ledger of a site."""
    host, _, port = environment["PHOTOLOG_CQL"].rpartition(":")
    keyspace = Keyspace(f"{environment['PHOTOLOG_SITE']}_photolog", {DATACENTER: 1})
    session = await asyncio.to_thread(CqlSession.connect, CqlServers((host,), int(port), DATACENTER), keyspace)
    try:
        yield LedgerReader(session)
    finally:
        await asyncio.to_thread(session.close)
