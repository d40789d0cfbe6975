"""SqliteAnnouncements: commands.ports.Announcements, in the file that holds the truth. Written by the handler.

Within a transaction nothing is ever left behind, so that a reconciler finds nothing here: the protocol is the same on
every backend.
"""

from collections.abc import Sequence

from commands.ports import Announcement, Instance
from infra.sqlite.database import SqliteDatabase
from infra.stored import announcement_of

DDL = """
CREATE TABLE IF NOT EXISTS instances(instance TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS turns(instance TEXT PRIMARY KEY, turn INTEGER NOT NULL, at_work INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS instances_at_work ON turns (at_work) WHERE at_work;
CREATE TABLE IF NOT EXISTS announcements(
    instance TEXT, slot INTEGER, stream TEXT NOT NULL, version INTEGER NOT NULL, revision INTEGER NOT NULL,
    PRIMARY KEY (instance, slot)
) STRICT, WITHOUT ROWID;
"""
REGISTER = """
INSERT INTO turns VALUES (?, 1, 1) ON CONFLICT (instance) DO UPDATE SET turn = turn + 1, at_work = 1
"""
RETIRE = "UPDATE turns SET at_work = 0 WHERE instance = ? AND turn = ?"
KNOWN = "SELECT instance FROM instances WHERE instance > ? ORDER BY instance LIMIT ?"
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
        """The next turn."""
        async with self._database.together():
            await self._database.write("INSERT INTO instances VALUES (?) ON CONFLICT DO NOTHING", (instance,))
            await self._database.write(REGISTER, (instance,))

    async def retire(self, instance: Instance) -> None:
        """Changes nothing of a later turn."""
        await self._database.write(RETIRE, (instance.name, instance.turn))

    async def announce(self, instance: str, announcements: Sequence[Announcement]) -> None:
        """One row a slot."""
        said = [(instance, one.slot, one.stream, one.version, one.revision) for one in announcements]
        await self._database.write_many(ANNOUNCE, said)

    async def at_work(self) -> list[Instance]:
        """By an index of these alone."""
        found = self._database.rows("SELECT instance, turn FROM turns WHERE at_work")
        return [Instance(row["instance"], row["turn"]) for row in found]

    async def is_at_work(self, instance: str) -> bool:
        """One row."""
        return bool(self._database.rows("SELECT 1 FROM turns WHERE instance = ? AND at_work", (instance,)))

    async def known(self, after: str, limit: int) -> list[str]:
        """A page of all of them."""
        return [row["instance"] for row in self._database.rows(KNOWN, (after, limit))]

    async def announced(self, instance: str) -> list[Announcement]:
        """Every slot that was ever used."""
        found = self._database.rows("SELECT * FROM announcements WHERE instance = ? ORDER BY slot", (instance,))
        return [announcement_of(row) for row in found]
