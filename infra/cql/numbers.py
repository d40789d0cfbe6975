"""CqlNumbers: numbers of what has no stream, each given once. Part of the ledger; rows are written conditionally."""

from infra.cql.races import insist
from infra.cql.session import CqlSession

DDL = "CREATE TABLE IF NOT EXISTS numbers (key text PRIMARY KEY, number bigint)"
NUMBER = "SELECT number FROM numbers WHERE key = ?"
FIRST = "INSERT INTO numbers (key, number) VALUES (?, 1) IF NOT EXISTS"
NEXT = "UPDATE numbers SET number = ? WHERE key = ? IF number = ?"


class CqlNumbers:
    """Compare and set. A number whose write is uncertain is given to nobody: the next look may find it taken."""

    def __init__(self, session: CqlSession) -> None:
        self._session = session

    async def following(self, key: str) -> int:
        """The number after the one that stands, from 1."""

        async def attempt() -> int | None:
            found = await self._session.execute(NUMBER, (key,), serial=True)
            if not found:
                return 1 if await self._session.apply(FIRST, (key,)) else None
            number = int(found[0]["number"])
            return number + 1 if await self._session.apply(NEXT, (number + 1, key, number)) else None

        return await insist(attempt)
