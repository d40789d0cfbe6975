"""SqliteSeen: infra.history.seen.Seen over the file of an embedded site. Opened read-only."""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from pathlib import Path

from infra.history.seen import VIEWS_TOPIC, Report
from infra.history.source import Offsets
from infra.sqlite.errors import translated
from schemas.positions import Partition

AT_ONCE = 1_000
THERE = "SELECT 1 FROM sqlite_master WHERE name = 'viewed'"
END = "SELECT coalesce(max(number) + 1, 0) FROM viewed"
READ = "SELECT number, content FROM viewed WHERE number >= ? AND number < ? ORDER BY number LIMIT ?"


class SqliteSeen:
    """One partition. A site of before there were views has no file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self, starts: Offsets) -> AsyncIterator[Sequence[Report]]:
        """By number."""
        if not self._path.exists():
            return
        at = starts.get(Partition(VIEWS_TOPIC, 0), 0)
        with translated(), closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            if file.execute(THERE).fetchone() is None:
                return
            (end,) = file.execute(END).fetchone()
            at = at if at <= end else 0  # all were forgotten in between: numbers began anew
            while rows := file.execute(READ, (at, end, AT_ONCE)).fetchall():
                at = rows[-1][0] + 1
                yield [Report(0, number, content) for number, content in rows]
