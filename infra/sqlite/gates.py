"""SqliteGates: the Gates port. Asked by the command API before it does something that may be done only so often."""

import math

from commands.ports import Quota
from infra.sqlite.database import SqliteDatabase
from schemas.ids import Millis

_DDL = """
CREATE TABLE IF NOT EXISTS gates (gate TEXT PRIMARY KEY, taken INTEGER NOT NULL, ends_at INTEGER NOT NULL)
    WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS gates_by_end ON gates (ends_at);
CREATE TABLE IF NOT EXISTS buckets (gate TEXT PRIMARY KEY, ends_at REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS buckets_by_end ON buckets (ends_at);
CREATE TABLE IF NOT EXISTS gates_once (gate TEXT PRIMARY KEY, ends_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS gates_once_by_end ON gates_once (ends_at);
"""

SWEEPS = tuple(
    f"DELETE FROM {table} WHERE gate IN (SELECT gate FROM {table} WHERE ends_at <= ? LIMIT ?)"
    for table in ("gates", "buckets", "gates_once")
)


class SqliteGates:
    """Fixed windows and buckets: a row per gate, swept away when its window is over, or its bucket full."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        database.define(_DDL)

    async def take(self, gate: str, limit: int, window_s: int, now: Millis) -> Quota:
        """Looks and takes in one transaction, so that no two callers take the last one."""
        async with self._database.together():
            taken, ends = self._window(gate, now) or (0, now + window_s * 1_000)
            if taken >= limit:
                return Quota(False, limit, 0, ends)
            await self._database.write(
                "INSERT INTO gates VALUES (?, 1, ?) ON CONFLICT DO UPDATE SET taken = ?, ends_at = excluded.ends_at",
                [gate, ends, taken + 1],
            )
            return Quota(True, limit, limit - taken - 1, ends)

    async def draw(self, gate: str, limit: int, window_s: int, now: Millis) -> Quota:
        """What is kept is when the bucket will be full again (GCRA)."""
        window, each = window_s * 1_000, window_s * 1_000 / limit
        async with self._database.together():
            kept = self._database.row("SELECT ends_at FROM buckets WHERE gate = ?", [gate])
            full = max(kept["ends_at"] if kept else now, now) + each
            if full > now + window:
                return Quota(False, limit, 0, math.ceil(full - window))
            await self._database.write("INSERT OR REPLACE INTO buckets VALUES (?, ?)", [gate, round(full, 3)])
            return Quota(True, limit, math.floor((now + window - full) / each + 0.001), math.ceil(full))

    async def peek(self, gate: str, limit: int, now: Millis) -> Quota:
        """Without a window, everything is left, from now on."""
        taken, ends = self._window(gate, now) or (0, now)
        return Quota(taken < limit, limit, max(0, limit - taken), ends)

    async def once(self, gate: str, ttl_s: int, now: Millis) -> bool:
        """The row is the answer: who changes it is first."""
        async with self._database.together():
            changed = await self._database.write(
                "INSERT INTO gates_once VALUES (?, ?) ON CONFLICT DO UPDATE SET ends_at = excluded.ends_at "
                "WHERE gates_once.ends_at <= ?",
                [gate, now + ttl_s * 1_000, now],
            )
            return changed == 1

    def _window(self, gate: str, now: Millis) -> tuple[int, Millis] | None:
        found = self._database.row("SELECT taken, ends_at FROM gates WHERE gate = ? AND ends_at > ?", [gate, now])
        return (found["taken"], found["ends_at"]) if found else None

    async def sweep(self, now: Millis, most: int) -> int:
        """Removes up to so many of each kind whose windows are over; how many that were."""
        async with self._database.together():
            return sum([await self._database.write(sweep, [now, most]) for sweep in SWEEPS])
