"""CqlSiteRows: the SiteRows port. Every write is a lightweight transaction; read by every process, once a second."""

from infra.cql.races import won
from infra.cql.session import CqlSession
from projections.site import SiteRow

DDL = "CREATE TABLE IF NOT EXISTS site_rows (name text PRIMARY KEY, revision bigint, content text)"
READ = "SELECT revision, content FROM site_rows WHERE name = ?"
FIRST = "INSERT INTO site_rows (name, revision, content) VALUES (?, 1, ?) IF NOT EXISTS"
NEXT = "UPDATE site_rows SET revision = ?, content = ? WHERE name = ? IF revision = ?"


class CqlSiteRows:
    """Rows of one small table. Who reads at a quorum sees every write that its writer knows to stand."""

    def __init__(self, session: CqlSession) -> None:
        self._session = session

    async def read(self, name: str) -> SiteRow | None:
        """At a quorum: it asks nobody to agree."""
        return await self._find(name, serial=False)

    async def write(self, name: str, content: str, after: int) -> bool:
        """Repeated while its outcome is uncertain; whoever has written the very same has done this."""

        async def apply() -> bool:
            if after == 0:
                return await self._session.apply(FIRST, (name, content))
            return await self._session.apply(NEXT, (after + 1, content, name, after))

        async def stands() -> bool:
            return await self._find(name, serial=True) == SiteRow(after + 1, content)

        return await won(apply, stands)

    async def _find(self, name: str, *, serial: bool) -> SiteRow | None:
        found = await self._session.execute(READ, (name,), serial=serial)
        return SiteRow(found[0]["revision"], found[0]["content"]) if found else None
