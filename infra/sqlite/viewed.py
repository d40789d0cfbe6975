"""SqliteViewLog: the ViewLog port, in a file of its own: it is neither the truth nor a read model. Written by the
command API, swept when it is old; read by analysts."""

from commands.ports import Viewed
from commands.ports.views import KEPT_MS
from infra.sqlite.database import SqliteDatabase
from schemas.ids import Millis

DDL = """
CREATE TABLE IF NOT EXISTS viewed (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, content BLOB NOT NULL) STRICT;
"""
OLD = "DELETE FROM viewed WHERE number IN (SELECT number FROM viewed ORDER BY number LIMIT ?) AND at < ?"
"""Numbers and times rise together; where a clock went back, what is behind it waits."""


class SqliteViewLog:
    """A row for what is reported at once."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        database.define(DDL)

    async def append(self, viewed: Viewed) -> None:
        """Survives the process; a power cut may take the newest."""
        await self._database.write("INSERT INTO viewed (at, content) VALUES (?, ?)", [viewed.at, viewed.wire])

    async def sweep(self, now: Millis, most: int) -> int:
        """Removes up to so many that are too old; how many that were."""
        async with self._database.together():
            return await self._database.write(OLD, [most, now - KEPT_MS])
