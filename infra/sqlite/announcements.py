"""SqliteAnnouncements: commands.ports.Announcements, in the file that holds the truth. Written by the handler.

Within a transaction nothing is ever left behind, so that a reconciler finds nothing here: the protocol is the same on
every backend.
"""

from collections.abc import Sequence

from commands.ports import Announcement
from infra.sqlite.database import SqliteDatabase
from infra.stored import announcement_of

DDL = """
CREATE TABLE IF NOT EXISTS instances(instance TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS announcements(
    instance TEXT, slot INTEGER, stream TEXT NOT NULL, version INTEGER NOT NULL, revision INTEGER NOT NULL,
    PRIMARY KEY (instance, slot)
) STRICT, WITHOUT ROWID;
"""
ANNOUNCE = """
INSERT INTO announcements VALUES (?, ?, ?, ?, ?) ON CONFLICT (instance, slot) DO UPDATE SET stream = excluded.stream,
    version = excluded.version, revision = excluded.revision
WHERE excluded.revision > announcements.revision
"""


class SqliteAnnouncements:
    """The Announcements port."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        database.define(DDL)

    async def register(self, instance: str) -> None:
        """One row an instance."""
        await self._database.write("INSERT INTO instances VALUES (?) ON CONFLICT DO NOTHING", (instance,))

    async def announce(self, instance: str, announcements: Sequence[Announcement]) -> None:
        """One row a slot."""
        said = [(instance, one.slot, one.stream, one.version, one.revision) for one in announcements]
        await self._database.write_many(ANNOUNCE, said)

    async def instances(self) -> list[str]:
        """Every instance."""
        return [row["instance"] for row in self._database.rows("SELECT instance FROM instances")]

    async def announced(self, instance: str) -> list[Announcement]:
        """Every slot that was ever used."""
        found = self._database.rows("SELECT * FROM announcements WHERE instance = ? ORDER BY slot", (instance,))
        return [announcement_of(row) for row in found]
