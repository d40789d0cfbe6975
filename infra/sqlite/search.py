"""SqliteSearch: the Search port on FTS5. Written in the transaction of the rows, read by queries.

A row's place is when it is of, and a tie-breaker behind it: so FTS5, which lists places in order, reads no further than
a page needs, however many rows have a word.
"""

from collections.abc import Sequence

from infra.sqlite.database import SqliteDatabase
from infra.sqlite.table_sql import quoted
from projections.search_ports import Hit
from projections.table_ports import Write
from schemas.ids import Millis
from schemas.tables import Table
from schemas.words import Term

TIE_BITS = 20
"""A million rows of one millisecond; the milliseconds last until 2248."""
END: Millis = (1 << 63 - TIE_BITS) - 1
ALL = -1


class SqliteSearch:
    """Indexes in one SQLite file. What is gone keeps its number, so that nothing older brings it back."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def create(self, tables: Sequence[Table]) -> None:
        """An index without positions, because nobody asks for phrases, with short beginnings kept ready."""
        async with self._database.together():
            for known, words in map(_names, tables):
                await self._database.write(
                    f"CREATE TABLE IF NOT EXISTS {known} "
                    "(key TEXT PRIMARY KEY, number INTEGER NOT NULL, place INTEGER UNIQUE) WITHOUT ROWID"
                )
                await self._database.write(
                    f"CREATE VIRTUAL TABLE IF NOT EXISTS {words} USING fts5(words, detail = none, columnsize = 0, "
                    "prefix = '1 2 3', tokenize = \"ascii tokenchars '#@_.'\")"
                )

    async def remove(self, tables: Sequence[Table]) -> None:
        """In one transaction."""
        async with self._database.together():
            for name in [name for table in tables for name in _names(table)]:
                await self._database.write(f"DROP TABLE IF EXISTS {name}")

    async def write(self, writes: Sequence[Write]) -> None:
        """In one transaction."""
        async with self._database.together():
            for write in writes:
                await self._write(write)

    async def find(self, table: Table, terms: Sequence[Term], limit: int, after: Hit | None = None) -> list[Hit]:
        """Rows of one moment lie in the order in which they came: they are read together, and then ordered."""
        if not terms:
            return []
        asked = " ".join(f'"{term.text}"{"*" if term.begins else ""}' for term in terms)
        moments = [] if after is None else [after.at]
        hits = self._hits(table, asked, 0, _lowest(after.at if after else END), limit)
        if len(hits) == limit:  # it may end amid a moment
            moments.append(hits[-1].at)
            hits = [hit for hit in hits if hit.at > moments[-1]]
        for at in moments:
            hits += self._hits(table, asked, _lowest(at), _lowest(at + 1), ALL)
        return sorted((hit for hit in hits if after is None or hit < after), reverse=True)[:limit]

    def _hits(self, table: Table, asked: str, low: int, high: int, limit: int) -> list[Hit]:
        known, words = _names(table)
        found = self._database.rows(
            f"SELECT place, key FROM (SELECT rowid FROM {words} WHERE {words} MATCH ? AND rowid >= ? AND rowid < ? "
            f"ORDER BY rowid DESC LIMIT ?) JOIN {known} ON place = rowid",
            [asked, low, high, limit],
        )
        return sorted((Hit(row["place"] >> TIE_BITS, row["key"]) for row in found), reverse=True)

    async def _write(self, write: Write) -> None:
        (known, words), searched = _names(write.table), write.table.searched
        if searched is None:
            raise TypeError(f"{write.table.name} is not searched")
        (key,) = write.key
        stood = self._database.row(f"SELECT number, place FROM {known} WHERE key = ?", [key])
        if stood is not None and stood["number"] >= write.number:
            return
        place = stood["place"] if stood else None
        if place is not None:
            await self._database.write(f"DELETE FROM {words} WHERE rowid = ?", [place])
        place = None if write.row is None else self._place(known, write.row[searched.newest], place)
        await self._database.write(f"INSERT OR REPLACE INTO {known} VALUES (?, ?, ?)", [key, write.number, place])
        if write.row is not None:
            values = [place, write.row[searched.words]]
            await self._database.write(f"INSERT INTO {words} (rowid, words) VALUES (?, ?)", values)

    def _place(self, known: str, at: Millis, before: int | None) -> int:
        """The one that it had, unless it is of another moment now; else the next of the moment."""
        low, high = _lowest(at), _lowest(at + 1)
        if before is not None and low <= before < high:
            return before
        row = self._database.row(f"SELECT max(place) AS last FROM {known} WHERE place >= ? AND place < ?", [low, high])
        return low if row is None or row["last"] is None else int(row["last"]) + 1


def _names(table: Table) -> tuple[str, str]:
    """Of what is known of its rows, and of the index of their words."""
    return quoted(f"searched_{table.stored_name}"), quoted(f"words_{table.stored_name}")


def _lowest(at: Millis) -> int:
    return at << TIE_BITS
