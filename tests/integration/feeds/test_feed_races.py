"""Races that broke earlier designs of the feed, each as one schedule. Those of celebrities: test_celebrity_races.py.

Also told elsewhere: a push to an expired feed, and one into a feed that is being made (tests/contract/test_feeds.py,
test_feed_life.py), a fill that races a drop (tests/integration/redis/test_belief.py), two makers of one feed under
two epochs (tests/integration/redis/test_epochs.py).
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from infra.redis.belief import RedisBelief
from infra.redis.caches import RedisCaches
from infra.redis.feeds import RedisFeeds
from infra.redis.relations import RedisRelations
from processors import followers
from projections.feed import PROJECTION
from projections.ports import FeedEntry
from schemas.ids import AccountId
from tests.believing import Believing, Seconds, believing, site_rows
from tests.integration.feeds.celebrity_world import FANS, OTHER, World
from tests.integration.feeds.feed_stores import SHARES
from tests.integration.feeds.judgement import all_are_right
from tests.integration.schedules.fate import Fate, Gate, pauses_after
from tests.integration.stores import opened_site
from tests.redis_server import RedisProcess, redis_server

FAN = FANS[-1]
"""Follows nobody at first."""


@pytest.mark.parametrize("first", ["the post", "the follow"])
async def test_a_fan_out_and_a_backfill_that_have_both_read_before_either_pushes(world: World, first: str) -> None:
    """Rows come before reads on both sides: whoever read second saw the other's row."""
    event, stream = world.post("po_1", OTHER)
    if first == "the post":
        post, follow = await world.rows(event, stream), await world.rows_of_follow(FAN, OTHER)
    else:
        follow, post = await world.rows_of_follow(FAN, OTHER), await world.rows(event, stream)
    gates = {"heads": Gate(), "slice": Gate()}
    under_way = [
        asyncio.create_task(world.reacts(plan, Fate().at(step, pauses_after(gate))))
        for plan, (step, gate) in zip((post, follow), gates.items(), strict=True)
    ]
    for gate in gates.values():
        await gate.reached.wait()
    for gate in gates.values():
        gate.open()
    await asyncio.gather(*under_way)
    assert "po_1" in await world.pushed(FAN)
    await all_are_right(world)


async def test_a_backfill_that_read_a_post_before_the_follow_ended_shows_nothing(world: World) -> None:
    await world.publishes("po_1", OTHER)
    follow, gate = await world.rows_of_follow(FAN, OTHER), Gate()
    backfill = asyncio.create_task(world.reacts(follow, Fate().at("slice", pauses_after(gate))))
    await gate.reached.wait()
    await world.unfollows(FAN, OTHER)
    gate.open()
    await backfill
    assert "po_1" in await world.pushed(FAN), "it is put back"
    assert await world.seen(FAN) == []
    await world.follows(FAN, OTHER)
    await all_are_right(world)


@pytest.mark.parametrize("who", ["fan-out", "rebuild"])
async def test_a_post_that_is_put_back_after_its_deletion_is_not_shown(world: World, who: str) -> None:
    event, stream = world.post("po_1", OTHER)
    post, gate = await world.rows(event, stream), Gate()
    fate = Fate().at("heads", pauses_after(gate))
    if who == "rebuild":
        await world.site.views.write("DELETE FROM feeds")
    late = asyncio.create_task(world.reacts(post, fate) if who == "fan-out" else world.seen(FANS[0], fate=fate))
    await gate.reached.wait()
    await world.deletes("po_1", event)
    gate.open()
    await late
    assert "po_1" in await world.pushed(FANS[0]), "it is put back"
    await all_are_right(world)


async def test_a_push_between_the_expiry_of_a_feed_and_its_next_reader_is_not_missed(world: World) -> None:
    event, stream = world.post("po_1", OTHER)
    post, gate = await world.rows(event, stream), Gate()
    fan_out = asyncio.create_task(world.reacts(post, Fate().at("heads", pauses_after(gate))))
    await gate.reached.wait()
    await world.site.views.write("DELETE FROM feeds")
    gate.open()
    await fan_out
    assert await world.pushed(FANS[0]) == set(), "nobody has a feed"
    await all_are_right(world)


# A Redis that another takes over from, in the middle of a fan-out


@pytest.fixture
async def redis_world(tmp_path: Path) -> AsyncIterator[tuple[World, RedisProcess, Believing]]:
    """Two fans of one author, whose feeds are in a Redis: one fewer than make a celebrity."""
    with redis_server(tmp_path / "redis") as server, opened_site(tmp_path) as site:
        async with site_rows(tmp_path) as rows, believing(rows, server.address, Seconds(), SHARES) as process:
            await process.settle()
            given: tuple[RedisBelief] = (process.belief,)
            copies = {
                "feeds": RedisFeeds(process.connection, *given),
                "caches": RedisCaches(process.connection, *given),
                "relations": RedisRelations(process.connection, *given),
            }
            await site.tables.create(PROJECTION.tables)
            on_redis = replace(site, reach=process.reach, **copies)  # type: ignore[arg-type]  # as it has them
            world = World(on_redis, on_redis.feeds)
            for fan in FANS[:-1]:
                await world.follows(fan, OTHER)
                await world.seen(fan)
            yield world, server, process


@pytest.mark.parametrize("forgets", [True, False])
async def test_a_redis_that_fails_over_in_the_middle_of_a_fan_out_costs_nobody_the_post(
    redis_world: tuple[World, RedisProcess, Believing], monkeypatch: pytest.MonkeyPatch, forgets: bool
) -> None:
    """Some have been pushed to before, some are pushed to after it, on another master than is believed."""
    world, server, process = redis_world
    monkeypatch.setattr(followers, "CHUNK", 1)
    monkeypatch.setattr(followers, "FEW", 1)
    event, stream = world.post("po_1", OTHER)
    post, gate = await world.rows(event, stream), Gate()
    feeds = world.feeds
    pushed: list[int] = []

    class Halted:
        """Waits behind the first push."""

        def __getattr__(self, name: str) -> object:
            return getattr(feeds, name)

        async def push(self, accounts: list[AccountId], entries: list[FeedEntry]) -> None:
            await feeds.push(accounts, entries)
            pushed.append(len(accounts))
            if len(pushed) == 1:
                await gate()

    world.feeds = Halted()  # type: ignore[assignment]  # as the port has it
    fan_out = asyncio.create_task(world.reacts(post))
    await gate.reached.wait()
    server.ask("DEBUG", "CHANGE-REPL-ID")
    if forgets:
        server.ask("FLUSHALL")
    gate.open()
    await fan_out
    world.feeds = feeds
    for _ in ("while Redis is away", "once it is back"):
        for fan in FANS[:-1]:
            assert await world.seen(fan) == ["po_1"]
        await process.settle()
    assert [await world.pushed(fan) for fan in FANS[:-1]] == [{"po_1"}] * 2
