"""SqliteRecorder: versions of streams in one table, as the eventsourcing library records them. The ledger is one.

Its calls do not await: on an event loop they belong inside `together`, elsewhere each is a transaction of its own.
"""

import asyncio
import sqlite3
from collections.abc import Sequence

from commands.ports import LedgerRow
from infra.records.recorder import Asked, StreamRecorder
from infra.records.streams import ledger_row_of, ledger_values
from infra.sqlite.database import SqliteDatabase

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
ALL = -1


class SqliteRecorder(StreamRecorder):
    """Rows are inserted by one statement: when a later one is refused, SQLite takes back the earlier ones."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        database.define(DDL)
        if not database.has_column("streams", "carried"):
            database.define(ADD_CARRIED)

    def insert_now(self, rows: Sequence[LedgerRow]) -> bool:
        """Inserts all or none, within the surrounding transaction if there is one."""
        if self._inside_a_transaction():
            return self.insert_rows(rows)
        if _on_an_event_loop():
            raise RuntimeError("on an event loop, insert_events belongs inside `async with database.together()`")
        return asyncio.run(self._insert_alone(rows))

    def find_now(self, asked: Asked) -> list[LedgerRow]:
        """These versions, as the ledger keeps them."""
        statement = SELECT.format("DESC" if asked.newest_first else "ASC")
        values = (asked.stream, asked.above, asked.up_to, ALL if asked.limit is None else asked.limit)
        return [ledger_row_of(row) for row in self._database.rows(statement, values)]

    def insert_rows(self, rows: Sequence[LedgerRow]) -> bool:
        """Inserts all or none, within the surrounding transaction. False if a version is taken."""
        values = [ledger_values(row) for row in rows]
        statement = INSERT.format(", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * len(rows)))
        try:
            self._database.rows(statement, [value for row in values for value in row])
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
                raise
            return False
        return True

    async def _insert_alone(self, rows: Sequence[LedgerRow]) -> bool:
        async with self._database.together():
            return self.insert_rows(rows)

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
