"""How soon a published post is in its followers' feeds, while the worker has as much to do as it can."""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from events.codec import Keys
from projections.ports import FeedEntry
from schemas.ids import AccountId
from tests.bench.pushing.crowd import POPULAR, Crowd
from tests.ports import free_ports
from tests.processes import PHOTOLOG

LOOK_S, WITHIN_S = 0.01, 60.0
ASKED = 5
"""Followers of a post whose feeds are looked at: it is visible once it is in all."""
IN_FLIGHT = 32
"""Posts that are published and not yet visible, at full load."""


@asynccontextmanager
async def worker(lot: str) -> AsyncIterator[int]:
    """A worker of this lot, as the environment has it; its process id."""
    (ops_port,) = free_ports(1)
    environment = {**os.environ, "PHOTOLOG_OPS_PORT": str(ops_port)}
    process = await asyncio.create_subprocess_exec(PHOTOLOG, "worker", lot, env=environment)
    try:
        yield process.pid
    finally:
        process.terminate()
        await process.wait()


class Visible:
    """Publishes and looks, from this process."""

    def __init__(self, crowd: Crowd, keys: Keys, seed: int) -> None:
        self._crowd, self._keys, self._chance = crowd, keys, random.Random(seed)

    async def one(self, author: AccountId) -> float:
        """Seconds from the log's acknowledgement of a post until it is in the feeds of some followers."""
        entry = self._crowd.entry(author)
        followers = self._chance.sample(self._crowd.followers[author], ASKED)
        await self._crowd.append(entry, self._keys)
        began = time.perf_counter()
        async with asyncio.timeout(WITHIN_S):
            for follower in followers:
                await self._has(follower, entry)
        return time.perf_counter() - began

    async def steadily(self, seconds: float, in_flight: int, *, popular: bool) -> tuple[list[float], list[float]]:
        """Of the others' posts, so many in flight, and of the most followed's, if there is always one of them too."""
        took: list[float] = []
        took_popular: list[float] = []
        end = time.perf_counter() + seconds

        async def others() -> None:
            while time.perf_counter() < end:
                took.append(await self.one(self._chance.choice(self._crowd.others)))

        async def most_followed() -> None:
            while popular and time.perf_counter() < end:
                took_popular.append(await self.one(POPULAR))

        await asyncio.gather(most_followed(), *(others() for _ in range(in_flight)))
        return took, took_popular

    async def warm(self) -> None:
        """Returns once the worker is at it."""
        for _ in range(10):
            with suppress(TimeoutError):
                await self.one(self._crowd.others[0])
                return
        raise RuntimeError("the worker pushes nothing")

    async def _has(self, follower: AccountId, entry: FeedEntry) -> None:
        """Returns once the entry is there."""
        feeds = self._crowd.cluster.read.feeds
        while True:
            if entry in (await feeds.look(follower, 0, [entry])).held:
                return
            await asyncio.sleep(LOOK_S)
