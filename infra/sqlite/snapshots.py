"""SqliteSnapshots: states of long streams, and which commands decided their versions. Part of the ledger.

Commands are indexed from the version on from which a stream may have a snapshot: short streams cost nothing.
"""

from commands.ports import LedgerRow, Snapshot
from infra.records.streams import ledger_row_of, snapshot_of, snapshot_values
from infra.sqlite.database import SqliteDatabase

UNINDEXED = 16
"""Versions of each stream that are read to find a command."""
BEHIND = 1_000
"""Versions after which the snapshot of another release is forgotten: it is not in use any more, or makes it anew."""
DDL = f"""
CREATE TABLE IF NOT EXISTS snapshots(
    stream TEXT, release TEXT, version INTEGER NOT NULL, event_id TEXT NOT NULL, subject TEXT NOT NULL,
    sealed TEXT NOT NULL, PRIMARY KEY (stream, release)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS streams_by_command ON streams (stream, command_id) WHERE version > {UNINDEXED};
"""
SNAPSHOT = "SELECT * FROM snapshots WHERE stream = ? AND release = ?"
KEEP = """
INSERT INTO snapshots VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (stream, release) DO UPDATE SET version = excluded.version,
    event_id = excluded.event_id, subject = excluded.subject, sealed = excluded.sealed
WHERE excluded.version > snapshots.version
"""
FORGET = "DELETE FROM snapshots WHERE stream = ? AND version < ?"
OF_COMMAND = f"""
SELECT * FROM streams INDEXED BY streams_by_command WHERE stream = ?1 AND command_id = ?2 AND version > {UNINDEXED}
UNION ALL SELECT * FROM streams WHERE stream = ?1 AND command_id = ?2 AND version <= {UNINDEXED}
ORDER BY version
"""


class SqliteSnapshots:
    """The snapshots of a file, and its index of commands."""

    def __init__(self, database: SqliteDatabase) -> None:
        """`streams` must be defined already."""
        self._database = database
        database.define(DDL)

    def newest(self, stream: str, release: str) -> Snapshot | None:
        """The newest that was kept."""
        row = self._database.row(SNAPSHOT, (stream, release))
        return snapshot_of(row) if row else None

    async def keep(self, snapshot: Snapshot) -> None:
        """Writes it over an older one."""
        async with self._database.together():
            await self._database.write(KEEP, snapshot_values(snapshot))
            await self._database.write(FORGET, (snapshot.stream, snapshot.version - BEHIND))

    def of_command(self, stream: str, command_id: str) -> list[LedgerRow]:
        """By the index, and by reading the first few."""
        return [ledger_row_of(row) for row in self._database.rows(OF_COMMAND, (stream, command_id))]
