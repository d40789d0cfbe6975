"""SqliteDatabase: what belongs together stays together, and nothing stays of what fails."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from infra.sqlite.database import SqliteDatabase
from tests.integration.sqlite.sqlite_words import add, words, words_on_disk


async def test_a_write_of_its_own_is_committed(database: SqliteDatabase, path: Path) -> None:
    assert await database.write("INSERT INTO words VALUES ('a', NULL), ('b', NULL)") == 2
    assert words_on_disk(path) == ["a", "b"]


async def test_what_is_written_together_appears_together(database: SqliteDatabase, path: Path) -> None:
    async with database.together():
        await add(database, "a")
        await add(database, "b")
        assert words(database) == ["a", "b"]
        assert words_on_disk(path) == []
    assert words_on_disk(path) == ["a", "b"]


async def test_an_exception_leaves_nothing_of_the_block(database: SqliteDatabase, path: Path) -> None:
    async def block() -> None:
        async with database.together():
            await add(database, "a")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await block()
    assert words_on_disk(path) == []
    await add(database, "b")
    assert words_on_disk(path) == ["b"]


async def test_a_refused_statement_leaves_nothing_of_the_block(database: SqliteDatabase, path: Path) -> None:
    await add(database, "a")

    async def block() -> None:
        async with database.together():
            await add(database, "b")
            await add(database, "c", "a")

    with pytest.raises(sqlite3.IntegrityError):
        await block()
    assert words_on_disk(path) == ["a"]


async def test_an_inner_block_joins_the_outer(database: SqliteDatabase, path: Path) -> None:
    async def block() -> None:
        async with database.together():
            async with database.together():
                await add(database, "inner")
            assert words_on_disk(path) == []
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await block()
    assert words_on_disk(path) == []


async def test_whoever_listens_hears_of_commits_alone(database: SqliteDatabase, path: Path) -> None:
    heard: list[list[str]] = []
    database.after_commit(lambda: heard.append(words_on_disk(path)))
    await add(database, "a")

    async def block() -> None:
        async with database.together():
            await add(database, "b")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await block()
    async with database.together():
        await add(database, "c")
        await add(database, "d")
    assert heard == [["a"], ["a", "c", "d"]]


async def test_ddl_never_commits_somebody_elses_transaction(database: SqliteDatabase, path: Path) -> None:
    async def block() -> None:
        async with database.together():
            await add(database, "a")
            database.define("CREATE TABLE IF NOT EXISTS more (a)")

    with pytest.raises(RuntimeError, match="DDL during a transaction"):
        await block()
    assert words_on_disk(path) == []


async def test_reads_never_wait_for_a_writer(database: SqliteDatabase, path: Path) -> None:
    await add(database, "a")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM words")
        assert words(database) == ["a"]


async def test_what_is_committed_is_there_after_opening_the_file_again(database: SqliteDatabase, path: Path) -> None:
    await add(database, "a")
    again = SqliteDatabase(path, "FULL")
    assert words(again) == ["a"]
    again.close()
