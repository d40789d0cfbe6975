"""A SQLite file with one table of words, seen from inside and by another process."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from infra.sqlite.database import SqliteDatabase


@contextmanager
def words_database(path: Path) -> Iterator[SqliteDatabase]:
    """The file, opened; closed at the end."""
    database = SqliteDatabase(path, "NORMAL")
    database.define("CREATE TABLE IF NOT EXISTS words (word TEXT PRIMARY KEY, weight BLOB)")
    yield database
    database.close()


async def add(database: SqliteDatabase, *words: str) -> None:
    await database.write_many("INSERT INTO words VALUES (?, NULL)", [(word,) for word in words])


def words(database: SqliteDatabase) -> list[str]:
    return [row["word"] for row in database.rows("SELECT word FROM words ORDER BY word")]


def words_on_disk(path: Path) -> list[str]:
    """What another process sees."""
    with closing(sqlite3.connect(path)) as connection:
        return [word for (word,) in connection.execute("SELECT word FROM words ORDER BY word")]


async def limit_size(database: SqliteDatabase, spare_pages: int | None) -> None:
    """A disk with room for so many more pages; None for one with much room."""
    async with database.together():  # the limit belongs to the writing connection
        pages = database.rows("PRAGMA page_count")[0][0]
        database.rows(f"PRAGMA max_page_count = {2**30 if spare_pages is None else pages + spare_pages}")
