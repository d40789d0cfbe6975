"""Redis is killed under readers of feeds: right pages or clear refusals, few reads of the tables at once, and soon all
is as ever. The query API, its tables in a file that takes its time, and a worker's fan-out, in one process.

`python -m pytest tests/chaos/test_feed_without_redis.py` does the same to a cluster, with 300 readers a second.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from infra.http.app import application
from infra.process.clock import boot_clock, wall_clock
from infra.process.settings import Settings
from infra.redis.caches import RedisCaches
from infra.redis.feeds import RedisFeeds
from infra.redis.relations import RedisRelations
from infra.secrets.site import site_secrets
from infra.sqlite.search import SqliteSearch
from infra.wiring import assembly
from infra.wiring.sides import ReadSide, live
from processors.fanout import FanOuts
from projections.all import PROJECTIONS
from schemas.ids import AccountId, SessionId
from tests.believing import Believing, Seconds, believing, site_rows
from tests.bench.feed.world import World, put
from tests.chaos.reading.asking import over_httpx
from tests.chaos.reading.definition import Definition
from tests.chaos.reading.outage import Publisher, lost_and_found
from tests.chaos.reading.readers import Readers
from tests.integration.stores import opened_site
from tests.pace import patient
from tests.redis_server import RedisProcess

AT_ONCE = 8
A_SECOND, AWAY_S, NORMAL_WITHIN_S = 20.0, 2.0, 15.0
READ_S = 0.002


class Clock(Seconds):
    """Real seconds."""

    def __call__(self) -> float:
        return boot_clock()

    async def pass_(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Far:
    """Tables that answer after a while, and count how many reads wait for that."""

    def __init__(self, tables: Any) -> None:
        self.most = self.under_way = 0
        self._tables = tables

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def read(*given: Any) -> Any:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            await asyncio.sleep(READ_S)
            self.under_way -= 1
            return await getattr(self._tables, name)(*given)

        return read


@pytest.fixture
async def processes(server: RedisProcess, tmp_path: Path) -> AsyncIterator[tuple[Believing, Believing]]:
    """A worker, which comes back by itself, and a reader."""
    async with AsyncExitStack() as opened, site_rows(tmp_path) as rows, opened:
        worker = await opened.enter_async_context(believing(rows, server.address, Clock()))
        reader = await opened.enter_async_context(believing(rows, server.address, Clock(), shares=()))
        await worker.settle()
        running = [asyncio.create_task(one) for one in (worker.reach.run(), worker.state.run(), reader.state.run())]
        yield worker, reader
        for task in running:
            task.cancel()


async def test_redis_is_killed_under_readers(
    server: RedisProcess, processes: tuple[Believing, Believing], tmp_path: Path
) -> None:
    worker, reader = processes
    chance, world = random.Random(1), World.drawn(1, viewers=12, followees=8, most_authors=20)
    settings = Settings(data=tmp_path, table_reads_at_once=AT_ONCE)
    secrets, definition = site_secrets(settings), Definition()
    with opened_site(tmp_path) as site:
        await site.tables.create([table for projection in PROJECTIONS for table in projection.tables])
        await put(world.events, site.tables)
        definition.knows(world.events)
        far = Far(site.tables)
        read: Any = ReadSide(
            transactions=site.views,
            tables=far,  # type: ignore[arg-type]  # whatever it is asked, as the port has it
            search=SqliteSearch(site.views),
            positions=site.positions,
            feeds=RedisFeeds(reader.connection, reader.belief),
            caches=RedisCaches(reader.connection, reader.belief),
            relations=RedisRelations(reader.connection, reader.belief),
            reach=reader.reach,
            live=live(reader.state),
        )
        objects: Any = SimpleNamespace(public_url=str)
        tokens = assembly.position_tokens(read, site.log, b"a name secret")
        reads = assembly.reads(read, objects, settings, secrets, tokens)
        issuer = assembly.access_tokens(settings, secrets)
        bearers = {one: issuer.issue(one, SessionId("se_00000000001"), wall_clock()) for one in world.viewers}
        app = application(settings, ready=_ready, reads=reads)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
            readers = Readers(over_httpx(http), definition, bearers, chance)
            pushed = RedisFeeds(worker.connection, worker.belief)
            fan_outs = FanOuts(site.tables, pushed, worker.reach, "feed@v1")
            authors = [entry.author_id for entry in definition.told]
            for viewer in world.viewers:
                await readers.whole(viewer)
            readers.answers.clear()
            times = await lost_and_found(
                readers,
                Publisher(site.tables, fan_outs, definition, authors, chance),
                A_SECOND,
                AWAY_S,
                lambda: asyncio.to_thread(server.kill),
                lambda: asyncio.to_thread(server.start),
                patient(NORMAL_WITHIN_S),
            )
            print(times, dict(readers.answers), dict(readers.slowest_s), f"{far.most} reads at once at most")
            assert readers.faults == []
            assert readers.answers["short"] > 0, "nobody had to be content with a short page"
            assert far.most <= AT_ONCE
            for viewer in world.viewers:
                await rebuilt(readers, pushed, viewer)
            assert readers.faults == []


async def rebuilt(readers: Readers, pushed: RedisFeeds, viewer: AccountId) -> None:
    """Reads until Redis has the feed again. A page that a busy machine had answered from the tables makes none."""
    due, deadline = readers.definition.feed(viewer), time.monotonic() + patient(NORMAL_WITHIN_S)
    while True:
        assert await readers.whole(viewer) == [entry.post_id for entry in due]
        stored = await pushed.look(viewer, len(due) + 1)
        if stored.state == "whole" or time.monotonic() > deadline:
            assert (stored.state, list(stored.newest)) == ("whole", due)
            return


async def _ready() -> dict[str, Any]:
    return {}
