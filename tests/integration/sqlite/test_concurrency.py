"""SqliteDatabase between tasks: transactions never mix, and a cancelled one is either whole or nothing."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.sqlite.database import SqliteDatabase
from tests.integration.sqlite.sqlite_words import add, words, words_on_disk


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


@contextmanager
def slow_disk(database: SqliteDatabase) -> Iterator[threading.Event]:
    """Commits queue behind the event, as behind a disk that takes its time."""
    release = threading.Event()
    database._writing._commits.submit(release.wait)
    yield release
    release.set()


async def test_cancelling_a_commit_waits_until_it_is_done(database: SqliteDatabase, path: Path) -> None:
    wrote = asyncio.Event()

    async def writer() -> None:
        async with database.together():
            await add(database, "a")
            wrote.set()

    with slow_disk(database) as release:
        writing = asyncio.create_task(writer())
        await wrote.wait()
        next_writing = asyncio.create_task(add(database, "b"))
        for _ in range(3):
            writing.cancel()
            done, _ = await asyncio.wait([writing], timeout=0.01)
            if done:
                break
        was_patient, seen = not done, words_on_disk(path)
        release.set()
        await asyncio.wait([writing])
        await next_writing
    assert (was_patient, seen) == (True, [])
    assert writing.cancelled()
    assert words_on_disk(path) == ["a", "b"]


async def test_a_task_that_outlives_a_block_does_not_write_into_its_commit(database: SqliteDatabase) -> None:
    late: list[asyncio.Task[None]] = []
    ending = asyncio.Event()

    async def write_late() -> None:
        await ending.wait()
        await add(database, "late")

    async def block() -> None:
        async with database.together():
            late.append(asyncio.create_task(write_late()))
            await add(database, "a")
            ending.set()

    with slow_disk(database):
        blocking = asyncio.create_task(block())
        await ending.wait()
        done, _ = await asyncio.wait([*late, blocking], timeout=0.01)
        early = blocking in done or late[0] in done
    await asyncio.gather(blocking, *late)
    assert not early
    assert words(database) == ["a", "late"]
