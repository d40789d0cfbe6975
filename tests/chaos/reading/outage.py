"""Redis is lost under readers and posts, and comes back: what became of the readers, and when all was as ever."""

import asyncio
import itertools
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from events.delivery import Delivery
from events.posts import PostPublished
from infra.process.clock import wall_clock
from processors.fanout import FanOuts
from projections.effects import FanOut
from projections.ports import Tables
from schemas.errors import Unavailable
from schemas.ids import AccountId, PostId
from schemas.positions import POSTS, Position
from tests.bench.feed.made_up import event_of, published
from tests.bench.feed.world import put
from tests.chaos.reading.definition import Definition, entry_of
from tests.chaos.reading.readers import Readers

PAUSE_S = 0.2
"""Between two posts."""
FIRST = 5_000_000_000
"""What their ids begin with."""
QUIET_S = 1.0
"""For so long everybody has had full pages before it is called normal."""


@dataclass
class Publisher:
    """Publishes a post now and then, as a worker does: rows first, then the fan-out."""

    tables: Tables
    fan_outs: FanOuts
    definition: Definition
    authors: list[AccountId]
    chance: random.Random

    async def publish(self, meanwhile: "asyncio.Task[None]") -> None:
        for number in itertools.count():
            if meanwhile.done():
                return
            post = PostId(f"po_{FIRST + number:011}")
            event = published(self.chance.choice(self.authors), post, wall_clock())
            await self.one(event, post)
            await asyncio.sleep(PAUSE_S)

    async def one(self, event: PostPublished, post: PostId) -> None:
        recorded = event_of(event, f"post/{post}")
        entry = entry_of(recorded)
        job = FanOut(entry.author_id, entry.post_id, entry.published_at)
        self.definition.begun[entry.post_id] = entry
        while entry not in self.definition.told:
            with suppress(Unavailable):  # then again, as a worker does
                await put([recorded], self.tables)
                await self.fan_outs.apply(job, Delivery(recorded, Position(POSTS, 0, 0)), 0)
                self.definition.told.add(entry)


@dataclass(frozen=True)
class Times:
    """In seconds."""

    away_s: float
    normal_after_s: float
    """From the return of Redis to the last request that was not answered by a full page."""


async def lost_and_found(
    readers: Readers,
    publisher: Publisher,
    a_second: float,
    away_s: float,
    kill: Callable[[], Awaitable[Any]],
    start: Callable[[], Awaitable[Any]],
    within_s: float,
) -> Times:
    """One outage under load. Raises TimeoutError where things are not normal again within this time."""
    times: list[Times] = []

    async def outage() -> None:
        await asyncio.sleep(QUIET_S)
        await kill()
        await asyncio.sleep(away_s)
        await start()
        back = time.monotonic()
        async with asyncio.timeout(within_s + QUIET_S):
            await readers.content(QUIET_S, back)
        times.append(Times(away_s, round(max(0.0, readers.last_but_full - back), 2)))

    meanwhile = asyncio.create_task(outage())
    async with asyncio.TaskGroup() as load:
        load.create_task(readers.come(a_second, meanwhile))
        load.create_task(publisher.publish(meanwhile))
    return times[0]
