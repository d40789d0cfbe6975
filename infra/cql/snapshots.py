"""CqlSnapshots: states of long streams, and which commands decided their versions. Part of the ledger; plain rows.

A snapshot's version is the timestamp of its write, so that it only moves forward. Commands of versions that a snapshot
covers are indexed before it is written: streams that are never long enough for one cost nothing. `up_to` says how far
the index reaches, and is written in one partition with it.
"""

from asyncio import gather

from commands.ports import LedgerRow, Snapshot
from infra.cql.recorder import CqlRecorder
from infra.cql.session import CqlSession
from infra.records.recorder import HIGHEST, Asked
from infra.records.streams import snapshot_of, snapshot_values

KEPT_S = 90 * 24 * 60 * 60
"""Unless it is written anew: so what earlier releases left is forgotten. One that is missed is made again."""
DDL = (
    """CREATE TABLE IF NOT EXISTS snapshots (
        stream text, release text, version bigint, event_id text, subject text, sealed text,
        PRIMARY KEY (stream, release)
    )""",
    """CREATE TABLE IF NOT EXISTS stream_commands (
        stream text, command_id text, version bigint, up_to bigint STATIC, PRIMARY KEY (stream, command_id, version)
    )""",
)
SNAPSHOT = "SELECT * FROM snapshots WHERE stream = ? AND release = ?"
KEEP = f"""
INSERT INTO snapshots (stream, release, version, event_id, subject, sealed) VALUES (?, ?, ?, ?, ?, ?)
USING TIMESTAMP ? AND TTL {KEPT_S}
"""
UP_TO = "SELECT DISTINCT stream, up_to FROM stream_commands WHERE stream = ?"
MOVE_UP_TO = "INSERT INTO stream_commands (stream, up_to) VALUES (?, ?) USING TIMESTAMP ?"
DECIDED = "SELECT version, command_id FROM streams WHERE stream = ? AND version > ? AND version <= ? LIMIT ?"
INDEX = "INSERT INTO stream_commands (stream, command_id, version) VALUES (?, ?, ?) USING TIMESTAMP ?"
VERSIONS = "SELECT version FROM stream_commands WHERE stream = ? AND command_id = ?"
AT_ONCE = 100
"""Versions that are indexed in one write: servers refuse large ones."""
TO_THE_END = (HIGHEST, 2**31 - 1)


class CqlSnapshots:
    """The snapshots and the index of commands of one keyspace."""

    def __init__(self, session: CqlSession, streams: CqlRecorder) -> None:
        self._session = session
        self._streams = streams

    async def newest(self, stream: str, release: str) -> Snapshot | None:
        """The newest that was kept."""
        found = await self._session.execute(SNAPSHOT, (stream, release))
        return snapshot_of(found[0]) if found else None

    async def keep(self, snapshot: Snapshot) -> None:
        """Indexes what it covers, then writes it."""
        await self._index(snapshot.stream, snapshot.version)
        await self._session.execute(KEEP, (*snapshot_values(snapshot), snapshot.version))

    async def of_command(self, stream: str, command_id: str) -> list[LedgerRow]:
        """Asks how far the index reaches before it asks the index: what is indexed in between is found twice."""
        up_to = await self._up_to(stream)
        indexed, above = await gather(
            self._session.execute(VERSIONS, (stream, command_id)),
            self._session.execute(DECIDED, (stream, up_to, *TO_THE_END)),
        )
        versions = {record["version"] for record in indexed}
        versions |= {record["version"] for record in above if record["command_id"] == command_id}
        asked = [Asked(stream, version - 1, version) for version in sorted(versions)]
        return [row for rows in await gather(*map(self._streams.find, asked)) for row in rows]

    async def _index(self, stream: str, version: int) -> None:
        up_to = await self._up_to(stream)
        while up_to < version:
            decided = await self._session.execute(DECIDED, (stream, up_to, version, AT_ONCE))
            if not decided:
                raise LookupError(f"{stream} has no version {version} to keep a snapshot of")
            up_to = decided[-1]["version"]
            indexed = [(stream, one["command_id"], one["version"], one["version"]) for one in decided]
            moved = (MOVE_UP_TO, (stream, up_to, up_to))
            await self._session.execute_together([*((INDEX, values) for values in indexed), moved])

    async def _up_to(self, stream: str) -> int:
        found = await self._session.execute(UP_TO, (stream,))
        return (found[0]["up_to"] or 0) if found else 0
