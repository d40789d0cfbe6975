"""Feeds that are not whole: made once for all who ask, few at a time, and whole for whoever comes after."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from projections.ports import FeedEntry, Feeds, Tables
from query_api.rebuilds import Rebuilds
from schemas.errors import Unavailable
from schemas.ids import AccountId, PostId
from tests.contract.fixtures_read import EVERY_CACHES
from tests.contract.fixtures_write import unique
from tests.integration.feeds.follows import followed, published
from tests.integration.schedules.counted import CountedPort
from tests.integration.schedules.fate import Fate, Faulty, Gate, pauses_after

pytestmark = EVERY_CACHES


def posts_of(author: AccountId, *times: int) -> list[FeedEntry]:
    """Newest first."""
    return [FeedEntry(at, PostId(unique("po")), author) for at in sorted(times, reverse=True)]


def held(tables: Tables) -> tuple[Any, Gate]:
    """The tables, from which the first to read a feed has its answer once the gate is open."""
    gate = Gate()
    return Faulty(tables, Fate().at("heads", pauses_after(gate))), gate


@pytest.fixture
def author() -> AccountId:
    return AccountId(unique("ac_author"))


async def test_a_feed_is_made_once_for_all_who_ask_at_once(
    tables: Tables, feeds: Feeds, account: AccountId, author: AccountId
) -> None:
    posts = posts_of(author, 1, 2, 3)
    await followed(tables, account, posts)
    asked: Counter[str] = Counter()
    counted: Any = CountedPort(tables, asked, Counter())
    rebuilds = Rebuilds(counted, feeds)
    pages = await asyncio.gather(*(rebuilds.read(account, 2, None) for _ in range(20)))
    assert [page.entries for page in pages] == [posts[:2]] * 20
    assert asked["heads"] == 1
    whole = await feeds.read(account, 9)
    assert whole is not None
    assert whole.entries == posts


async def test_any_page_can_be_the_first_that_is_asked_for(
    tables: Tables, feeds: Feeds, account: AccountId, author: AccountId
) -> None:
    posts = posts_of(author, 1, 2, 3, 4)
    await followed(tables, account, posts)
    assert (await Rebuilds(tables, feeds).read(account, 2, posts[0])).entries == posts[1:3]


async def test_who_comes_meanwhile_sees_what_has_come_meanwhile(
    tables: Tables, feeds: Feeds, account: AccountId, author: AccountId
) -> None:
    old, new = posts_of(author, 1, 2)[::-1]
    await followed(tables, account, [old])
    slow, gate = held(tables)
    rebuilds = Rebuilds(slow, feeds)
    first = asyncio.create_task(rebuilds.read(account, 9, None))
    await gate.reached.wait()
    await published(tables, [new])
    await feeds.push([account], [new])
    second = asyncio.create_task(rebuilds.read(account, 9, None))
    gate.open()
    assert (await first).entries == [old]
    assert (await second).entries == [new, old]


async def test_who_leaves_in_the_middle_leaves_it_to_who_waits(
    tables: Tables, feeds: Feeds, account: AccountId, author: AccountId
) -> None:
    posts = posts_of(author, 1)
    await followed(tables, account, posts)
    slow, gate = held(tables)
    rebuilds = Rebuilds(slow, feeds)
    leaves = asyncio.create_task(rebuilds.read(account, 9, None))
    await gate.reached.wait()
    stays = asyncio.create_task(rebuilds.read(account, 9, None))
    leaves.cancel()
    assert (await stays).entries == posts


async def test_more_than_may_wait_are_told_to_come_back(
    tables: Tables, feeds: Feeds, account: AccountId, author: AccountId
) -> None:
    posts = posts_of(author, 1)
    readers = [account, *(AccountId(unique("ac")) for _ in range(2))]
    for reader in readers:
        await followed(tables, reader, posts)
    slow, gate = held(tables)
    rebuilds = Rebuilds(slow, feeds, at_once=1, most_waiting=1)
    first, second = [asyncio.create_task(rebuilds.read(reader, 9, None)) for reader in readers[:2]]
    await gate.reached.wait()
    with pytest.raises(Unavailable) as refused:
        await rebuilds.read(readers[2], 9, None)
    assert refused.value.retry_after
    gate.open()
    assert [(await page).entries for page in (first, second)] == [posts] * 2
    assert (await rebuilds.read(readers[2], 9, None)).entries == posts


async def test_who_waits_too_long_for_another_is_told_to_come_back(
    tables: Tables, feeds: Feeds, account: AccountId, author: AccountId
) -> None:
    posts = posts_of(author, 1)
    await followed(tables, account, posts)
    slow, gate = held(tables)
    rebuilds = Rebuilds(slow, feeds, within_s=0.01)
    first = asyncio.create_task(rebuilds.read(account, 9, None))
    await gate.reached.wait()
    with pytest.raises(Unavailable):
        await rebuilds.read(account, 9, None)
    gate.open()
    assert (await first).entries == posts
