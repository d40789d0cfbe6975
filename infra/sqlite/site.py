"""SqliteSiteRows: the SiteRows port, in the file of the log that the rows are about."""

from infra.sqlite.database import SqliteDatabase
from projections.site import SiteRow

DDL = """
CREATE TABLE IF NOT EXISTS site_rows (name TEXT PRIMARY KEY, revision INTEGER NOT NULL, content TEXT NOT NULL)
STRICT, WITHOUT ROWID;
"""
FIRST = "INSERT INTO site_rows VALUES (?, 1, ?) ON CONFLICT DO NOTHING"
NEXT = "UPDATE site_rows SET revision = revision + 1, content = ? WHERE name = ? AND revision = ?"


class SqliteSiteRows:
    """Rows of one small table."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        database.define(DDL)

    async def read(self, name: str) -> SiteRow | None:
        """What is committed."""
        found = self._database.row("SELECT revision, content FROM site_rows WHERE name = ?", [name])
        return SiteRow(found["revision"], found["content"]) if found else None

    async def write(self, name: str, content: str, after: int) -> bool:
        """One statement, which changes one row or none."""
        if after == 0:
            return await self._database.write(FIRST, [name, content]) == 1
        return await self._database.write(NEXT, [content, name, after]) == 1
