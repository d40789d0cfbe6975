"""SqliteLog: commands.ports.Log in one table of the file that holds the truth. Written by commands, read by processors.

An append inside `together` becomes visible to readers when the outermost block commits.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from sqlite3 import Row
from typing import Any
from weakref import WeakKeyDictionary

from commands.ports import Entry, LedgerRow
from events.topics import partitions_of, route
from infra.sqlite.database import SqliteDatabase
from schemas.ids import Millis
from schemas.positions import TOPICS, Position

LOOK_S = 0.02
"""How often it is looked while anybody waits, in seconds: commits of other processes on the same file tell nobody."""
UNSAID = 4
"""Partitions of a log that says nothing of them: before each site chose, all had so many."""

DDL = """
CREATE TABLE IF NOT EXISTS log(
    topic TEXT, partition INTEGER, offset INTEGER, stream TEXT NOT NULL, version INTEGER NOT NULL,
    event_id TEXT NOT NULL, type TEXT NOT NULL, wire BLOB NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (topic, partition, offset)
) STRICT, WITHOUT ROWID;
"""
COLUMNS = "topic, partition, offset, stream, version, event_id, type, wire, at"
"""As an Entry has them."""
END = "SELECT coalesce(max(offset) + 1, 0) FROM log WHERE topic = ? AND partition = ?"
APPEND = "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
ANY = "SELECT 1 FROM log WHERE topic = ? AND partition >= ? LIMIT 1"
READ = f"SELECT {COLUMNS} FROM log WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT ?"


def reaches(database: SqliteDatabase, partition: int) -> bool:
    """Whether a file holds any event of this partition or a higher one."""
    database.define(DDL)
    return any(database.row(ANY, (topic, partition)) for topic in TOPICS)


def wall_clock() -> Millis:
    """The time of this machine."""
    return time.time_ns() // 1_000_000


class SqliteLog:
    """The Log port. All topics are partitions of one table."""

    def __init__(self, database: SqliteDatabase, partitions: int, clock: Callable[[], Millis] = wall_clock) -> None:
        """`partitions`: of each topic, for the life of the log."""
        self._database = database
        self._partitions = partitions
        self._clock = clock
        self._committed = asyncio.Event()
        self._waiting = 0
        self._watching: asyncio.Task[None] | None = None
        self._seen: WeakKeyDictionary[asyncio.Task[Any], int] = WeakKeyDictionary()
        database.define(DDL)
        database.after_commit(self._wake)

    async def append(self, rows: Sequence[LedgerRow]) -> list[Position]:
        """Gives each row the next offset of its partition. Part of a surrounding transaction, if there is one."""
        if not rows:
            return []
        places = [route(row.stream, self._partitions) for row in rows]
        async with self._database.together():
            at = self._clock()
            ends = {place: self._end(*place) for place in set(places)}
            positions = []
            for place in places:
                positions.append(Position(*place, ends[place]))
                ends[place] += 1
            await self._database.write_many(
                APPEND, [_values(position, row, at) for position, row in zip(positions, rows, strict=True)]
            )
        return positions

    async def read(self, topic: str, partition: int, start: int, limit: int) -> list[Entry]:
        """Committed entries, in order."""
        if start < 0 or limit < 0:
            raise ValueError(f"start {start} and limit {limit} must not be negative")
        return [entry_of_row(row) for row in self._database.rows(READ, (topic, partition, start, limit))]

    async def ends(self) -> Mapping[tuple[str, int], int]:
        """One look at the primary key for each partition of the topic table."""
        places = ((topic, partition) for topic in TOPICS for partition in range(partitions_of(topic, self._partitions)))
        return {place: self._end(*place) for place in places}

    async def wait(self, timeout: float) -> None:
        """Each task that waits has a memory of its own: what was committed since its last call ends its next at once.

        A task's first call cannot know what its caller has read, so it returns after LOOK_S at the latest.
        """
        task = asyncio.current_task()
        assert task is not None, "a coroutine runs in a task"
        now = asyncio.get_running_loop().time
        deadline = now() + (timeout if task in self._seen else min(timeout, LOOK_S))
        seen = self._seen.get(task, self._generation())
        while self._generation() == seen and (left := deadline - now()) > 0:
            await self._next_commit(left, seen)
        self._seen[task] = self._generation()

    async def _next_commit(self, timeout: float, seen: int) -> None:
        """Nothing of this process is missed between a look and this: a commit is announced on the loop, where the look
        was. For those of others one task looks on behalf of all who wait."""
        self._waiting += 1
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch(seen))
        try:
            async with asyncio.timeout(timeout):
                await self._committed.wait()
        except TimeoutError:
            return
        finally:
            self._waiting -= 1

    async def _watch(self, seen: int) -> None:
        """Looks once more whenever somebody still waits; of a file that nobody waits for it may be closed by then."""
        while True:
            await asyncio.sleep(LOOK_S)
            if not self._waiting:
                return
            if (now := self._generation()) != seen:
                seen = now
                self._wake()

    def _wake(self) -> None:
        """Wakes those who wait now; who comes later waits for the next commit."""
        self._committed.set()
        self._committed = asyncio.Event()

    def _generation(self) -> int:
        """Another number after every commit to the file, by whatever process: our reader itself commits nothing."""
        (version,) = self._database.rows("PRAGMA data_version")[0]
        return int(version)

    def _end(self, topic: str, partition: int) -> int:
        return int(self._database.rows(END, (topic, partition))[0][0])


def _values(position: Position, row: LedgerRow, at: Millis) -> tuple[Any, ...]:
    place = (position.topic, position.partition, position.offset)
    return (*place, row.stream, row.version, row.event_id, row.type, row.wire, at)


def entry_of_row(row: Row) -> Entry:
    """The entry in a row of the table."""
    topic, partition, offset, *said = row
    return Entry(Position(topic, partition, offset), *said)
