"""The SQLite stores of the read side beyond their ports: with transactions, and what they leave in the file."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from commands.ports import Quota
from infra.sqlite.caches import SqliteCaches
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.feeds import LIFE_MS, SqliteFeeds
from infra.sqlite.gates import SqliteGates
from infra.sqlite.positions import SqlitePositions
from infra.sqlite.tables import SqliteTables
from projections.ports import FeedEntry, Write
from query_api.memory import Entry, Memory
from schemas.ids import AccountId, PostId
from schemas.positions import POSTS, Position
from schemas.tables import TEXT, Table
from tests.contract.feeds import begun
from tests.contract.fixtures_read import HandClock
from tests.pace import patient

CARDS = "cards@v1"
NAMES = Table("names", partition="name_id", columns={"name": TEXT})
DAY_MS = 86_400_000


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    database = SqliteDatabase(tmp_path / "views.db", "NORMAL")
    yield database
    database.close()


def rows_in(database: SqliteDatabase, table: str) -> int:
    return int(database.rows(f"SELECT COUNT(*) FROM {table}")[0][0])


async def test_who_waits_for_a_position_sees_the_effects_that_were_written_with_it(database: SqliteDatabase) -> None:
    tables, positions = SqliteTables(database), SqlitePositions(database, {CARDS: [POSTS]})
    await tables.create([NAMES])
    place = Position(POSTS, 0, 0)

    async def reader() -> str:
        assert await positions.wait([CARDS], [place], 30)
        return str((await tables.get(NAMES, [("n",)]))["n",]["name"])

    reading = asyncio.create_task(reader())
    async with database.together():
        await positions.advance(CARDS, place, "ev")
        done, _ = await asyncio.wait([reading], timeout=0.03)
        assert not done
        await tables.write([Write(NAMES, ("n",), 1, {"name_id": "n", "name": "seen"})])
    async with asyncio.timeout(patient(2)):
        assert await reading == "seen"


async def test_a_position_that_is_rolled_back_was_never_reached(database: SqliteDatabase) -> None:
    positions = SqlitePositions(database, {CARDS: [POSTS]})

    async def block() -> None:
        async with database.together():
            await positions.advance(CARDS, Position(POSTS, 0, 0), "ev")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await block()
    assert await positions.next_offsets(CARDS) == {}
    assert not await positions.wait([CARDS], [Position(POSTS, 0, 0)], 0)


async def test_a_position_that_another_process_reaches_is_seen(database: SqliteDatabase, tmp_path: Path) -> None:
    positions = SqlitePositions(database, {CARDS: [POSTS]})
    elsewhere = SqliteDatabase(tmp_path / "views.db", "NORMAL")
    waiting = asyncio.create_task(positions.wait([CARDS], [Position(POSTS, 0, 0)], 30))
    await asyncio.sleep(0)
    await SqlitePositions(elsewhere, {}).advance(CARDS, Position(POSTS, 0, 0), "ev")
    async with asyncio.timeout(patient(2)):
        assert await waiting
    elsewhere.close()


async def test_the_last_event_of_a_position_is_kept_with_it(database: SqliteDatabase) -> None:
    positions = SqlitePositions(database, {CARDS: [POSTS]})
    for offset, event_id in [(3, "ev_3"), (4, "ev_4"), (2, "ev_2"), (4, "ev_twin")]:
        await positions.advance(CARDS, Position(POSTS, 0, offset), event_id)
    (row,) = database.rows("SELECT next_offset, event_id FROM positions")
    assert tuple(row) == (5, "ev_4")


async def test_feeds_that_ended_leave_the_file_as_others_begin(database: SqliteDatabase) -> None:
    clock = HandClock(0)
    feeds = SqliteFeeds(database, clock)
    entries = [FeedEntry(at, PostId("po"), AccountId("author")) for at in range(20)]
    for number in range(6):
        account = AccountId(f"early {number}")
        await feeds.complete(account, await begun(feeds, account), entries)
    clock.now += 2 * LIFE_MS
    await feeds.complete(AccountId("early 5"), await begun(feeds, AccountId("early 5")), [])
    again = await feeds.read(AccountId("early 5"), 10)
    assert again is not None
    assert again.entries == []
    for number in range(3):
        await feeds.begin(AccountId(f"late {number}"))
    assert (rows_in(database, "feeds"), rows_in(database, "feed_entries")) == (4, 0)


async def test_completing_a_feed_that_is_not_there_leaves_nothing_in_the_file(database: SqliteDatabase) -> None:
    await SqliteFeeds(database, HandClock(0)).complete(
        AccountId("ac"), b"begun", [FeedEntry(1, PostId("po"), AccountId("ac"))]
    )
    assert (rows_in(database, "feeds"), rows_in(database, "feed_entries")) == (0, 0)


async def test_reading_a_feed_again_within_the_hour_writes_nothing(database: SqliteDatabase) -> None:
    clock = HandClock(0)
    feeds, account = SqliteFeeds(database, clock), AccountId("ac")
    await feeds.complete(account, await begun(feeds, account), [])
    commits: list[int] = []
    database.after_commit(lambda: commits.append(clock.now))
    for _ in range(24 * 60):
        assert await feeds.read(account, 10) is not None
        clock.now += 60_000
    assert 22 <= len(commits) <= 24


async def test_a_feed_counts_its_entries_right(database: SqliteDatabase) -> None:
    feeds, account = SqliteFeeds(database, HandClock(0), limit=7), AccountId("ac")
    await feeds.begin(account)
    for start in range(0, 30, 3):
        await feeds.push([account], [FeedEntry(at % 23, PostId("po"), account) for at in range(start, start + 5)])
    (row,) = database.rows("SELECT size, (SELECT COUNT(*) FROM feed_entries) FROM feeds")
    assert tuple(row) == (7, 7)


async def test_cache_rows_that_ended_leave_the_file_as_others_come(database: SqliteDatabase) -> None:
    clock = HandClock(0)
    caches = SqliteCaches(database, clock)
    await caches.get([f"early {number}" for number in range(100)], 60)
    clock.now += DAY_MS
    await caches.get([f"late {number}" for number in range(50)], 60)
    assert rows_in(database, "caches") == 50


async def test_of_readers_that_miss_at_the_same_moment_the_first_can_fill(database: SqliteDatabase) -> None:
    caches, held, release = SqliteCaches(database, HandClock(0)), asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with database.together():
            held.set()
            await release.wait()

    holding = asyncio.create_task(hold())
    await held.wait()
    readers = [asyncio.create_task(caches.get(["key"], 60)) for _ in range(3)]
    await asyncio.sleep(0)  # all of them look, and none can write its lease yet
    release.set()
    await holding
    (_, (first,)), *others = await asyncio.gather(*readers)
    await caches.fill({first: b"x"}, 60)
    for _, (lease,) in others:
        await caches.fill({lease: b"y"}, 60)
    assert (await caches.get(["key"], 60))[0] == {"key": b"x"}


async def test_a_fill_that_waits_behind_a_drop_is_not_stored(database: SqliteDatabase) -> None:
    caches, dropped = SqliteCaches(database, HandClock(0)), asyncio.Event()
    _, (lease,) = await caches.get(["key"], 60)

    async def change() -> None:
        async with database.together():
            await caches.drop(["key"])
            dropped.set()
            await asyncio.sleep(0)  # lets the fill queue behind this transaction

    changing = asyncio.create_task(change())
    await dropped.wait()
    await caches.fill({lease: b"old"}, 60)
    await changing
    assert (await caches.get(["key"], 60))[0] == {}


async def test_what_a_transaction_changes_is_not_remembered_when_others_see_it(database: SqliteDatabase) -> None:
    memory, name, remembered = Memory(), "accounts:ac_1", list[bool]()
    database.after_commit(lambda: remembered.append(name in memory.entries))  # the commit is visible, nobody told yet
    caches = SqliteCaches(database)
    caches.hear(memory.forget)

    async def load(names: Sequence[str]) -> dict[str, Entry]:
        await caches.get(names, 10)
        return {name: Entry("old") for name in names}

    await memory.read([name], load)
    assert name in memory.entries
    async with database.together():
        await caches.drop([name])
        await memory.read([name], load)
    assert remembered[-1] is False
    await memory.read([name], load)
    assert name in memory.entries


async def test_gates_that_ended_leave_the_file_when_it_is_swept(database: SqliteDatabase) -> None:
    gates = SqliteGates(database)
    for number in range(10):
        await gates.take(f"early {number}", 5, 60, 0)
        await gates.once(f"early {number}", 60, 0)
    assert (await gates.take("early 9", 5, 60, DAY_MS)).reset_at == DAY_MS + 60_000
    assert await gates.peek("early 9", 5, DAY_MS + 1) == Quota(True, 5, 4, DAY_MS + 60_000)
    assert await gates.once("early 9", 60, 60_000)
    assert not await gates.once("early 9", DAY_MS, 60_001)
    for number in range(6):
        await gates.take(f"late {number}", 5, 60, DAY_MS)
        await gates.once(f"late {number}", 60, DAY_MS)
    assert [await gates.sweep(DAY_MS, 15), await gates.sweep(DAY_MS, 15)] == [19, 0]
    assert (rows_in(database, "gates"), rows_in(database, "gates_once")) == (7, 6)
