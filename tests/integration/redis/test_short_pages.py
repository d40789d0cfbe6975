"""Feeds while none can be made, because Redis is away or full: no reader waits for another of the same feed, and who is
too many is told to come back before anything is read.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra.redis.feeds import RedisFeeds
from projections.ports import FeedEntry, Tables
from query_api.call import Paging
from query_api.feed import page_of
from query_api.rebuilds import Rebuilds
from query_api.turns import Turns
from schemas.errors import Unavailable
from schemas.ids import AccountId, PostId
from tests.believing import Believing
from tests.integration.feeds.follows import followed
from tests.integration.schedules.fate import Call, Fate, Faulty, Gate, pauses_after
from tests.integration.stores import opened_site
from tests.pace import until
from tests.redis_server import RedisProcess

READER = AccountId("ac_reader")
POSTS = [FeedEntry(number, PostId(f"po_{number}"), AccountId("ac_author")) for number in (2, 1)]


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[Tables]:
    with opened_site(tmp_path) as site:
        yield site.tables


async def full(_fate: Fate, _call: Call) -> None:
    """As Feeds.begin answers where there is no space."""


@pytest.mark.parametrize("away", [True, False], ids=["away", "full"])
async def test_readers_of_one_feed_do_not_wait_for_each_other(
    away: bool, process: Believing, server: RedisProcess, feeds: RedisFeeds, tables: Tables
) -> None:
    await followed(tables, READER, POSTS)
    gate, reading, making = Gate(), Fate(), Fate()
    reading.at("heads", *[pauses_after(gate)] * 3)
    if away:
        server.kill()
    else:
        making.at("begin", *[full] * 3)
    slow: Any = Faulty(tables, reading)
    made: Any = Faulty(feeds, making)
    rebuilds = Rebuilds(slow, made)
    pages = [asyncio.create_task(rebuilds.read(READER, 9, None)) for _ in range(3)]
    await until(lambda: reading.taken.count("heads") == 3)
    gate.open()
    assert [page.entries for page in await asyncio.gather(*pages)] == [POSTS] * 3


async def test_who_would_have_to_wait_for_long_reads_nothing(
    process: Believing, server: RedisProcess, feeds: RedisFeeds
) -> None:
    server.kill()
    assert await feeds.read(READER, 9) is None
    turns = Turns(1, 0, "too many feeds are read from the tables")
    wired: Any = SimpleNamespace(feeds=feeds, short_page_turns=turns)  # and nothing that it could read from
    async with turns.turn():
        with pytest.raises(Unavailable, match="too many feeds are read"):
            await page_of(READER, Paging(20, None), wired, lately=True)
    assert turns.refused == 1
