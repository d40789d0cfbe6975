"""Shared commits: what a block does is its own, what is durable is everybody's, and nobody is told too early."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.sqlite.database import SqliteDatabase
from schemas.errors import StorageFull, Unavailable
from tests.integration.sqlite.sqlite_words import add, limit_size, words, words_on_disk
from tests.pace import patient


@contextmanager
def slow_disk(database: SqliteDatabase) -> Iterator[threading.Event]:
    """Commits queue behind the event, as behind a disk that takes its time."""
    release = threading.Event()
    database._writing._commits.submit(release.wait)
    try:
        yield release
    finally:
        release.set()


class Commits:
    """How often the disk was waited for."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.count = 0
        database.after_commit(self._one)

    def _one(self) -> None:
        self.count += 1


async def fails(database: SqliteDatabase, word: str) -> None:
    async with database.together():
        await add(database, word)
        raise ZeroDivisionError


async def test_many_writers_share_few_commits(database: SqliteDatabase, path: Path) -> None:
    commits = Commits(database)
    await asyncio.gather(*(add(database, f"{number:03}") for number in range(200)))
    assert words_on_disk(path) == [f"{number:03}" for number in range(200)]
    assert commits.count <= 5, "those that come while one waits for the disk have the next together"


async def test_one_writer_alone_has_a_commit_a_block(database: SqliteDatabase) -> None:
    commits = Commits(database)
    for number in range(5):
        await add(database, str(number))
    assert commits.count == 5


@pytest.mark.parametrize("failing", [{0}, {3}, {9}, {0, 1, 2}, {0, 9}, {4, 5}, set(range(10))])
async def test_a_block_that_fails_leaves_its_neighbours_whole(
    database: SqliteDatabase, path: Path, failing: set[int]
) -> None:
    blocks = [fails(database, str(n)) if n in failing else add(database, str(n)) for n in range(10)]
    ends = await asyncio.gather(*blocks, return_exceptions=True)
    assert {n for n, end in enumerate(ends) if isinstance(end, ZeroDivisionError)} == failing
    assert words_on_disk(path) == [str(n) for n in range(10) if n not in failing]


async def test_nobody_is_told_before_the_disk_has_it(database: SqliteDatabase, path: Path) -> None:
    with slow_disk(database) as release:
        writing = [asyncio.create_task(add(database, word)) for word in "abc"]
        done, _ = await asyncio.wait(writing, timeout=0.05)
        seen = words_on_disk(path)
        release.set()
        await asyncio.gather(*writing)
    assert (done, seen) == (set(), [])
    assert words_on_disk(path) == ["a", "b", "c"]


async def test_a_disk_that_fills_up_fails_the_whole_group_and_loses_nothing_that_was_told(
    database: SqliteDatabase, path: Path
) -> None:
    await add(database, "told before")
    await limit_size(database, 2)

    async def large() -> None:
        async with database.together():
            await database.write("INSERT INTO words VALUES ('large', randomblob(100000))")

    ends = await asyncio.gather(add(database, "a"), add(database, "b"), large(), return_exceptions=True)
    assert [type(end) for end in ends] == [Unavailable, Unavailable, StorageFull]
    assert words_on_disk(path) == ["told before"]
    await limit_size(database, None)
    await asyncio.gather(add(database, "a"), add(database, "b"))
    assert words_on_disk(path) == ["a", "b", "told before"]


async def test_what_comes_after_a_group_that_failed_is_a_group_of_its_own(database: SqliteDatabase, path: Path) -> None:
    await limit_size(database, 2)

    async def large() -> None:
        await database.write("INSERT INTO words VALUES ('large', randomblob(100000))")

    blocks = [add(database, "before"), large(), add(database, "after")]
    ends = await asyncio.gather(*blocks, return_exceptions=True)
    assert [type(end) for end in ends] == [Unavailable, StorageFull, type(None)]
    assert words_on_disk(path) == ["after"]


async def test_a_commit_that_fails_fails_everybody_who_waited_for_it(database: SqliteDatabase, path: Path) -> None:
    database.define("CREATE TABLE parents (id INTEGER PRIMARY KEY)")
    database.define("CREATE TABLE children (of INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED)")
    database.define("PRAGMA foreign_keys = 1")
    orphan = database.write("INSERT INTO children VALUES (1)")
    ends = await asyncio.gather(add(database, "a"), orphan, add(database, "b"), return_exceptions=True)
    assert all(isinstance(end, Exception) for end in ends)
    assert words_on_disk(path) == []
    await add(database, "c")
    assert words_on_disk(path) == ["c"]


@pytest.mark.parametrize("cancelled", [0, 2, 4])
async def test_a_waiter_that_is_cancelled_takes_nobody_with_it(
    database: SqliteDatabase, path: Path, cancelled: int
) -> None:
    with slow_disk(database) as release:
        first = asyncio.create_task(add(database, "first"))
        await asyncio.sleep(0)
        writing = [asyncio.create_task(add(database, str(number))) for number in range(5)]
        await asyncio.wait([first], timeout=0.02)
        writing[cancelled].cancel()
        release.set()
        ends = await asyncio.gather(first, *writing, return_exceptions=True)
    told = ["first", *(str(number) for number, end in enumerate(ends[1:]) if end is None)]
    assert len(told) == 5
    assert set(told) <= set(words_on_disk(path))
    assert words(database) == words_on_disk(path)


async def test_a_commit_that_is_cancelled_before_its_first_step_is_made_all_the_same(
    database: SqliteDatabase, path: Path
) -> None:
    """As at the end of a loop, where all that is left is cancelled at once: whoever waits for the group must end."""
    writing = asyncio.create_task(add(database, "word"))
    await asyncio.sleep(0)  # the block is done, and its commit's turn has not come
    (commit,) = asyncio.all_tasks() - {writing, asyncio.current_task()}
    commit.cancel()
    writing.cancel()
    await asyncio.wait([writing], timeout=patient(10))
    assert writing.cancelled()
    assert words_on_disk(path) == ["word"]


async def test_whoever_waits_for_a_commit_when_the_file_is_closed_is_told_that_it_was_not_made(
    database: SqliteDatabase, path: Path
) -> None:
    """A task that outlives its file: at the end of a loop it would be waited for, and so must end."""
    writing = asyncio.create_task(add(database, "word"))
    await asyncio.sleep(0)  # the block is done, and its commit's turn has not come
    database.close()
    await asyncio.wait([writing], timeout=patient(10))
    with pytest.raises(Unavailable, match="closed"):
        writing.result()
    assert words_on_disk(path) == []
