"""CqlRecorder: versions of streams in one table, as the eventsourcing library records them. The ledger is one."""

import asyncio
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from uuid import UUID

from eventsourcing.persistence import AggregateRecorder, IntegrityError, StoredEvent

from commands.ports import LedgerRow
from infra.cql.races import won
from infra.cql.session import CqlSession
from infra.stored import ledger_row_of, ledger_values
from schemas.ids import CommandId, EventId

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
EVENT_IDS = "SELECT event_id FROM streams WHERE stream = ? AND version >= ? AND version <= ?"
LOWEST, HIGHEST, ALL = -1, 2**63 - 1, 2**31 - 1

T = TypeVar("T")


class CqlRecorder(AggregateRecorder):
    """The library's AggregateRecorder: `topic` is our type, `state` our wire, an originator id our stream.

    Rows are written by conditional writes alone. They are read at LOCAL_QUORUM: what a writer has been told stands is
    seen; what nobody has been told yet may be missed, and then the insert of the same version is refused.
    """

    def __init__(self, session: CqlSession) -> None:
        self._session = session

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, command_id: str = "", event_ids: Sequence[str] = (), **_: Any
    ) -> None:
        """Inserts all or none. Raises IntegrityError if a version is taken. The ids are ours and may be left out."""
        ids = event_ids or [""] * len(stored_events)
        rows = [
            LedgerRow.of(event, EventId(event_id), CommandId(command_id))
            for event, event_id in zip(stored_events, ids, strict=True)
        ]
        if rows and not (_distinct(rows) and _blocking(self.insert_rows(rows))):
            raise IntegrityError(f"a version of {rows[0].stream} from {rows[0].version} on is taken")

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> list[StoredEvent]:
        """Versions above `gt` up to `lte`, with the originator id as it was given."""
        rows = _blocking(self.select_rows(str(originator_id), gt=gt, lte=lte, desc=desc, limit=limit))
        return [StoredEvent(originator_id, row.version, row.type, row.wire) for row in rows]

    async def insert_rows(self, rows: Sequence[LedgerRow]) -> bool:
        """Inserts versions of one stream, all or none. False if one of them is taken."""
        statements = [(INSERT, ledger_values(row)) for row in rows]
        return await won(lambda: self._session.apply_all(statements), lambda: self._stand(rows))

    async def select_rows(
        self,
        stream: str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> list[LedgerRow]:
        """Versions above `gt` up to `lte`, as the ledger keeps them."""
        bounds = (LOWEST if gt is None else gt, HIGHEST if lte is None else lte, ALL if limit is None else limit)
        found = await self._session.execute(SELECT.format("DESC" if desc else "ASC"), (stream, *bounds))
        return [ledger_row_of(record) for record in found]

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
