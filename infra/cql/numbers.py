"""CqlNumbers: how far numbers of what has no stream were taken. Part of the ledger; plain rows, moving forward only."""

from infra.cql.session import CqlSession

DDL = "CREATE TABLE IF NOT EXISTS number_marks (key text PRIMARY KEY, number bigint)"
LAST = "SELECT number FROM number_marks WHERE key = ?"
TAKE = "INSERT INTO number_marks (key, number) VALUES (?, ?) USING TIMESTAMP ?"


class CqlNumbers:
    """The number is the timestamp of the write, as with marks."""

    def __init__(self, session: CqlSession) -> None:
        self._session = session

    async def last(self, key: str) -> int:
        """The highest number taken; 0 before any."""
        found = await self._session.execute(LAST, (key,))
        return int(found[0]["number"]) if found else 0

    async def take(self, key: str, number: int) -> None:
        """Moves it forward, or leaves it."""
        await self._session.execute(TAKE, (key, number, number))
