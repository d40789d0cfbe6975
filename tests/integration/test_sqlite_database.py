"""SqliteDatabase: what belongs together stays together, through exceptions, concurrent tasks and cancellation."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from infra.sqlite.database import SqliteDatabase
from tests.integration.sqlite_words import add, words, words_database, words_on_disk


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a folder" / "test.db"


@pytest.fixture
def database(path: Path) -> Iterator[SqliteDatabase]:
    with words_database(path) as database:
        yield database


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


async def test_tasks_do_not_see_each_others_transaction(database: SqliteDatabase) -> None:
    wrote, looked = asyncio.Event(), asyncio.Event()

    async def writer() -> None:
        async with database.together():
            await add(database, "a")
            wrote.set()
            await looked.wait()

    writing = asyncio.create_task(writer())
    await wrote.wait()
    assert words(database) == []
    looked.set()
    await writing
    assert words(database) == ["a"]


async def test_transactions_of_many_tasks_never_mix(database: SqliteDatabase, path: Path) -> None:
    async def pair(number: int) -> None:
        async with database.together():
            await add(database, f"{number:02} first")
            await asyncio.sleep(0)  # lets the others try
            if number % 3 == 0:
                raise ZeroDivisionError
            await add(database, f"{number:02} second")

    ends = await asyncio.gather(*(pair(number) for number in range(30)), return_exceptions=True)
    assert sum(isinstance(end, ZeroDivisionError) for end in ends) == 10
    kept = [number for number in range(30) if number % 3]
    assert words_on_disk(path) == [f"{number:02} {which}" for number in kept for which in ("first", "second")]


async def test_tasks_started_inside_write_inside_until_the_block_ends(database: SqliteDatabase, path: Path) -> None:
    ended = asyncio.Event()

    async def late() -> None:
        await ended.wait()
        await add(database, "late")

    outliving: list[asyncio.Task[None]] = []

    async def block() -> None:
        async with database.together():
            outliving.append(asyncio.create_task(late()))
            await asyncio.gather(add(database, "a"), add(database, "b"))
            assert words(database) == ["a", "b"]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await block()
    ended.set()
    await outliving[0]
    assert words_on_disk(path) == ["late"]


async def test_cancelling_a_block_leaves_nothing_of_it(database: SqliteDatabase, path: Path) -> None:
    wrote = asyncio.Event()

    async def writer() -> None:
        async with database.together():
            await add(database, "a")
            wrote.set()
            await asyncio.Event().wait()

    writing = asyncio.create_task(writer())
    await wrote.wait()
    writing.cancel()
    await asyncio.wait([writing])
    await add(database, "b")
    assert words_on_disk(path) == ["b"]


async def test_cancelling_a_commit_waits_until_it_is_done(database: SqliteDatabase, path: Path) -> None:
    wrote, release = asyncio.Event(), threading.Event()
    database._commits.submit(release.wait)  # the commit queues behind this, as behind a slow disk

    async def writer() -> None:
        async with database.together():
            await add(database, "a")
            wrote.set()

    writing = asyncio.create_task(writer())
    await wrote.wait()
    next_writing = asyncio.create_task(add(database, "b"))
    for _ in range(3):
        writing.cancel()
        done, _ = await asyncio.wait([writing], timeout=0.01)
        assert not done
    assert words_on_disk(path) == []
    release.set()
    await asyncio.wait([writing])
    assert writing.cancelled()
    await next_writing
    assert words_on_disk(path) == ["a", "b"]


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
