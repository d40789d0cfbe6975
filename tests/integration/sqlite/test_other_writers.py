"""SqliteDatabase beside another process that writes, such as a rebuild: who writes waits, and nobody else does."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from infra.sqlite.database import SqliteDatabase
from schemas.errors import Unavailable
from tests.integration.sqlite.sqlite_words import add, words, words_on_disk


@pytest.fixture
def other(database: SqliteDatabase, path: Path) -> Iterator[sqlite3.Connection]:
    """Another's connection, in the middle of a transaction that has written."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO words VALUES ('other', NULL)")
        yield connection


async def test_a_write_waits_and_the_loop_goes_on(
    database: SqliteDatabase, path: Path, other: sqlite3.Connection
) -> None:
    writing = asyncio.create_task(add(database, "mine"))
    for _ in range(5):
        await asyncio.sleep(0.01)
        assert words(database) == []
    assert not writing.done()
    other.execute("COMMIT")
    await writing
    assert words_on_disk(path) == ["mine", "other"]


async def test_a_write_that_is_cancelled_meanwhile_leaves_the_turn_to_others(
    database: SqliteDatabase, path: Path, other: sqlite3.Connection
) -> None:
    writing = asyncio.create_task(add(database, "cancelled"))
    await asyncio.sleep(0.01)
    writing.cancel()
    assert isinstance((await asyncio.gather(writing, return_exceptions=True))[0], asyncio.CancelledError)
    other.execute("COMMIT")
    await add(database, "next")
    assert words_on_disk(path) == ["next", "other"]


async def test_a_write_is_refused_where_the_other_never_ends(
    database: SqliteDatabase, path: Path, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.sqlite.group_commit.WITHIN_S", 0.05)
    with pytest.raises(Unavailable, match="busy"):
        await add(database, "mine")
    other.execute("ROLLBACK")
    await add(database, "later")
    assert words_on_disk(path) == ["later"]
