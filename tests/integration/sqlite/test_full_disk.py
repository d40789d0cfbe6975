"""The SQLite stores while the disk is full or the file is held by somebody else: writes are refused, reads go on."""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from infra.sqlite.caches import SqliteCaches
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.feeds import LIFE_MS, SqliteFeeds
from projections.ports import FeedEntry
from schemas.errors import StorageFull, Unavailable
from schemas.ids import AccountId, PostId
from tests.contract.feeds import begun
from tests.contract.fixtures_read import HandClock
from tests.integration.sqlite.sqlite_words import add, limit_size, words, words_on_disk


async def test_a_full_disk_refuses_writes_and_loses_nothing(database: SqliteDatabase, path: Path) -> None:
    await add(database, "a")
    await limit_size(database, 0)
    with pytest.raises(StorageFull):
        await database.write("INSERT INTO words VALUES ('large', randomblob(100000))")

    async def block() -> None:
        async with database.together():
            await add(database, "b")
            await database.write_many("INSERT INTO words VALUES (?, randomblob(100000))", [("large",)])

    with pytest.raises(StorageFull):
        await block()
    assert words(database) == ["a"]
    await limit_size(database, None)
    await database.write("INSERT INTO words VALUES ('large', randomblob(100000))")
    assert words_on_disk(path) == ["a", "large"]


async def write_one(database: SqliteDatabase) -> None:
    await database.write("INSERT INTO words VALUES ('after', NULL)")


async def write_many(database: SqliteDatabase) -> None:
    await add(database, "after")


async def do_nothing(_: SqliteDatabase) -> None: ...


@pytest.mark.parametrize("goes_on", [write_one, write_many, do_nothing])
async def test_a_block_that_ignores_a_full_disk_does_not_end_well(
    database: SqliteDatabase, path: Path, goes_on: Callable[[SqliteDatabase], Awaitable[None]]
) -> None:
    await limit_size(database, 2)

    async def block() -> None:
        async with database.together():
            await add(database, "before")
            with pytest.raises(StorageFull):
                await database.write("INSERT INTO words VALUES ('large', randomblob(100000))")
            await goes_on(database)

    with pytest.raises(Unavailable):
        await block()
    assert words_on_disk(path) == []


async def test_a_file_that_somebody_else_writes_is_busy(database: SqliteDatabase, path: Path) -> None:
    database._writer.execute("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable):
            await add(database, "a")
        other.execute("ROLLBACK")
    await add(database, "a")
    assert words_on_disk(path) == ["a"]


async def fill_up(database: SqliteDatabase) -> None:
    """Writes until not one more row fits."""
    await limit_size(database, 0)
    for size in (4_000, 100, 1):
        with pytest.raises(StorageFull):  # noqa: PT012 - which of the rows is refused depends on the pages' free space
            for number in range(2_000):
                await database.write("INSERT INTO words VALUES (?, zeroblob(?))", [f"{size} {number}", size])


async def make_read_only(database: SqliteDatabase) -> None:
    """As a file system does that was mounted again after an error."""
    database.define("PRAGMA query_only = 1")
    with pytest.raises(StorageFull):
        await add(database, "a")


async def test_feeds_are_read_while_nothing_can_be_written(database: SqliteDatabase) -> None:
    clock = HandClock(0)
    feeds, account = SqliteFeeds(database, clock), AccountId("ac")
    entry = FeedEntry(1, PostId("po"), AccountId("ac_author"))
    await feeds.complete(account, await begun(feeds, account), [entry])
    clock.now += LIFE_MS // 2
    await make_read_only(database)
    found = await feeds.read(account, 10)
    assert found is not None
    assert found.entries == [entry]


@pytest.mark.parametrize("no_more_writes", [fill_up, make_read_only])
async def test_caches_are_read_and_miss_while_nothing_can_be_written(
    database: SqliteDatabase, no_more_writes: Callable[[SqliteDatabase], Awaitable[None]]
) -> None:
    caches = SqliteCaches(database, HandClock(0))
    _, leases = await caches.get(["there"], 60)
    await caches.fill(dict.fromkeys(leases, b"x"), 60)
    await no_more_writes(database)
    missing = [f"{number} {'missing' * 100}" for number in range(50)]
    found, leases = await caches.get(["there", *missing], 60)
    assert found == {"there": b"x"}
    assert [lease.key for lease in leases] == missing
    await caches.fill(dict.fromkeys(leases, b"large" * 5_000), 60)
    assert (await caches.get(["there", *missing], 60))[0] == {"there": b"x"}
