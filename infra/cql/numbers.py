"""CqlNumbers: numbers of what has no stream, each given once. Part of the ledger; rows are written conditionally."""

from infra.cql.races import insist
from infra.cql.session import CqlSession
from schemas.ids import CommandId

DDL = """
CREATE TABLE IF NOT EXISTS numbers (key text, number bigint, command_id text, PRIMARY KEY (key, number))
WITH CLUSTERING ORDER BY (number DESC)
"""
LATEST = "SELECT number, command_id FROM numbers WHERE key = ? LIMIT 1000"
"""A command that is retried after a thousand others of the same key would get a new number."""
TAKE = "INSERT INTO numbers (key, number, command_id) VALUES (?, ?, ?) IF NOT EXISTS"


class CqlNumbers:
    """Who inserts a number has it. After an uncertain outcome the next look tells: rows carry the command."""

    def __init__(self, session: CqlSession) -> None:
        self._session = session

    async def given(self, key: str, command: CommandId) -> int | None:
        """The number that the command has."""
        taken = await self._session.execute(LATEST, (key,), serial=True)
        return next((int(record["number"]) for record in taken if record["command_id"] == command), None)

    async def of(self, key: str, command: CommandId) -> int:
        """The number that the command has, or the one after the latest, from 1."""

        async def attempt() -> int | None:
            taken = await self._session.execute(LATEST, (key,), serial=True)
            for record in taken:
                if record["command_id"] == command:
                    return int(record["number"])
            following = int(taken[0]["number"]) + 1 if taken else 1
            return following if await self._session.apply(TAKE, (key, following, command)) else None

        return await insist(attempt)
