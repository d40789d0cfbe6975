"""CqlRecorder: versions of streams in one table, as the eventsourcing library records them. The ledger is one."""

import asyncio
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from commands.ports import LedgerRow
from infra.cql.races import won
from infra.cql.session import CqlSession
from infra.records.recorder import Asked, StreamRecorder
from infra.records.streams import ledger_row_of, ledger_values

DDL = """
CREATE TABLE IF NOT EXISTS streams (
    stream text, version bigint, event_id text, command_id text, type text, wire blob, carried blob,
    PRIMARY KEY (stream, version)
)
"""
INSERT = """
INSERT INTO streams (stream, version, event_id, command_id, type, wire, carried) VALUES (?, ?, ?, ?, ?, ?, ?)
IF NOT EXISTS
"""
SELECT = "SELECT * FROM streams WHERE stream = ? AND version > ? AND version <= ? ORDER BY version {} LIMIT ?"
WRITTEN = "SELECT DISTINCT stream FROM streams WHERE stream IN ?"
EVENT_IDS = "SELECT event_id FROM streams WHERE stream = ? AND version >= ? AND version <= ?"
ALL = 2**31 - 1

T = TypeVar("T")


class CqlRecorder(StreamRecorder):
    """Rows are written by conditional writes alone. They are read at LOCAL_QUORUM: what a writer has been told stands
    is seen; what nobody has been told yet may be missed, and then the insert of the same version is refused.
    """

    def __init__(self, session: CqlSession) -> None:
        self._session = session

    def insert_now(self, rows: Sequence[LedgerRow]) -> bool:
        """Inserts all or none. Blocks."""
        return _distinct(rows) and _blocking(self.insert_rows(rows))

    def find_now(self, asked: Asked) -> list[LedgerRow]:
        """These versions. Blocks."""
        return _blocking(self.find(asked))

    async def insert_rows(self, rows: Sequence[LedgerRow]) -> bool:
        """Inserts versions of one stream, all or none. False if one of them is taken."""
        statements = [(INSERT, ledger_values(row)) for row in rows]
        return await won(lambda: self._session.apply_all(statements), lambda: self._stand(rows))

    async def find(self, asked: Asked) -> list[LedgerRow]:
        """These versions, as the ledger keeps them; the driver fetches page after page."""
        statement = SELECT.format("DESC" if asked.newest_first else "ASC")
        values = (asked.stream, asked.above, asked.up_to, ALL if asked.limit is None else asked.limit)
        return [ledger_row_of(record) for record in await self._session.execute(statement, values)]

    async def _stand(self, rows: Sequence[LedgerRow]) -> bool:
        bounds = (rows[0].stream, rows[0].version, rows[-1].version)
        found = await self._session.execute(EVENT_IDS, bounds, serial=True)
        return [record["event_id"] for record in found] == [row.event_id for row in rows]


def _distinct(rows: Sequence[LedgerRow]) -> bool:
    """Servers take a batch that writes one row twice."""
    return len({(row.stream, row.version) for row in rows}) == len(rows)


def _blocking(work: Coroutine[Any, Any, T]) -> T:
    """Runs it to its end on a loop in a thread of its own: the library's calls do not await."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
