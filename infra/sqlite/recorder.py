"""SqliteRecorder: versions of streams in one table, as the eventsourcing library records them. The ledger is one.

Its calls do not await: on an event loop they belong inside `together`, elsewhere each is a transaction of its own.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from eventsourcing.persistence import AggregateRecorder, IntegrityError, StoredEvent

from commands.ports import LedgerRow
from infra.sqlite.database import SqliteDatabase
from infra.stored import ledger_row_of, ledger_values
from schemas.ids import CommandId, EventId

DDL = """
CREATE TABLE IF NOT EXISTS streams(
    stream TEXT, version INTEGER, event_id TEXT NOT NULL, command_id TEXT NOT NULL, type TEXT NOT NULL,
    wire BLOB NOT NULL, carried BLOB, PRIMARY KEY (stream, version)
) STRICT, WITHOUT ROWID;
"""
ADD_CARRIED = "ALTER TABLE streams ADD COLUMN carried BLOB"
"""For files from before there was such a column."""
INSERT = "INSERT INTO streams VALUES {} RETURNING version"
SELECT = "SELECT * FROM streams WHERE stream = ? AND version > ? AND version <= ? ORDER BY version {} LIMIT ?"
LOWEST, HIGHEST, ALL = -1, 2**63 - 1, -1


class SqliteRecorder(AggregateRecorder):
    """The library's AggregateRecorder: `topic` is our type, `state` our wire, an originator id our stream."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        database.define(DDL)
        if not database.has_column("streams", "carried"):
            database.define(ADD_CARRIED)

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, command_id: str = "", event_ids: Sequence[str] = (), **_: Any
    ) -> None:
        """Inserts all or none. Raises IntegrityError if a version is taken. The ids are ours and may be left out."""
        ids = event_ids or [""] * len(stored_events)
        rows = [
            LedgerRow.of(event, EventId(event_id), CommandId(command_id))
            for event, event_id in zip(stored_events, ids, strict=True)
        ]
        if not rows:
            return
        if self._inside_a_transaction():
            self.insert_rows(rows)
        elif _on_an_event_loop():
            raise RuntimeError("on an event loop, insert_events belongs inside `async with database.together()`")
        else:
            asyncio.run(self._insert_alone(rows))

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
        rows = self.select_rows(str(originator_id), gt=gt, lte=lte, desc=desc, limit=limit)
        return [StoredEvent(originator_id, row.version, row.type, row.wire) for row in rows]

    def insert_rows(self, rows: Sequence[LedgerRow]) -> None:
        """Inserts all or none, within the surrounding transaction. Raises IntegrityError if a version is taken.

        One statement: when a later row is refused, SQLite takes back the earlier ones, and them alone.
        """
        values = [ledger_values(row) for row in rows]
        statement = INSERT.format(", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * len(rows)))
        try:
            self._database.rows(statement, [value for row in values for value in row])
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
                raise
            raise IntegrityError(f"a version of {rows[0].stream} from {rows[0].version} on is taken") from error

    def select_rows(
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
        statement = SELECT.format("DESC" if desc else "ASC")
        return [ledger_row_of(row) for row in self._database.rows(statement, (stream, *bounds))]

    async def _insert_alone(self, rows: Sequence[LedgerRow]) -> None:
        async with self._database.together():
            self.insert_rows(rows)

    def _inside_a_transaction(self) -> bool:
        """Outside of one, queries go to the connection that only reads."""
        (query_only,) = self._database.rows("PRAGMA query_only")[0]
        return not query_only


def _on_an_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
