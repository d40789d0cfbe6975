"""Where the feeds of a model test lie: in the file of its tables, in a Redis that fails over, or in a Redis Cluster
whose slots move. For feed_stand.py."""

import itertools
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from infra.redis.address import RedisAddress
from infra.redis.belief import RedisBelief
from infra.redis.caches import RedisCaches
from infra.redis.feeds import RedisFeeds
from infra.redis.relations import RedisRelations
from infra.redis.slots import slot_of
from infra.sqlite.feeds import SqliteFeeds
from projections.feed import PROJECTION
from projections.site import Share
from schemas.ids import AccountId
from schemas.positions import FOLLOWS, POSTS
from tests.believing import Believing, Seconds, believing, site_rows
from tests.integration.stores import Site, open_site
from tests.partitions import PARTITIONS
from tests.redis_cluster import RedisNodes
from tests.redis_server import RedisProcess
from tests.unit.samples import NOON

WEEK_MS = 8 * 24 * 3_600_000
SHARES = [Share(PROJECTION.id, topic, number) for topic in (POSTS, FOLLOWS) for number in range(PARTITIONS)]
"""All that can be away: one process does everything."""


class FeedStores(Protocol):
    """Of one run."""

    async def open(self, folder: Path, limit: int) -> Site:
        """Everything, with feeds of at most so many entries."""

    async def lose(self, viewers: Sequence[AccountId]) -> None:
        """Their feeds are gone."""

    async def expire(self) -> None:
        """Nobody has read for more than a week."""

    async def fail_over(self, forgets: bool) -> bool:
        """Another server takes over, which has lost everything or nothing. False: there is none."""

    async def settle(self) -> None:
        """Whoever was away is back."""

    async def close(self) -> None:
        """Ends what `open` began, but for the site."""


class FileStores:
    """One file, which is never away."""

    async def open(self, folder: Path, limit: int) -> Site:
        self._now, self._site = [NOON], open_site(folder)
        return replace(self._site, feeds=SqliteFeeds(self._site.views, lambda: self._now[0], limit))

    async def lose(self, viewers: Sequence[AccountId]) -> None:
        for viewer in viewers:
            await self._site.views.write("DELETE FROM feeds WHERE account = ?", [viewer])

    async def expire(self) -> None:
        self._now[0] += WEEK_MS

    async def fail_over(self, forgets: bool) -> bool:
        return False

    async def settle(self) -> None:
        """Nobody is ever away."""

    async def close(self) -> None:
        """There is nothing."""


class RedisStores:
    """Feeds, caches and relations in Redis; one process, which is worker and reader."""

    numbers = itertools.count()

    def __init__(self, servers: Sequence[RedisProcess]) -> None:
        """One master."""
        self._servers = servers
        self._turns = itertools.cycle(servers)
        self._opened = AsyncExitStack()

    async def open(self, folder: Path, limit: int) -> Site:
        rows = await self._opened.enter_async_context(site_rows(folder))
        self._prefix = f"run{next(self.numbers)}:"
        process = await self._opened.enter_async_context(
            believing(rows, self._reached(), Seconds(), SHARES, self._prefix)
        )
        await process.settle()
        self._process: Believing = process
        given: tuple[RedisBelief, str] = process.belief, self._prefix
        return replace(
            open_site(folder),
            feeds=RedisFeeds(process.connection, *given, limit),
            caches=RedisCaches(process.connection, *given),
            relations=RedisRelations(process.connection, *given),
            reach=process.reach,
        )

    async def lose(self, viewers: Sequence[AccountId]) -> None:
        await self._process.connection.many([("DEL", f"{self._prefix}feed:{viewer}") for viewer in viewers])

    async def expire(self) -> None:
        for server in self._servers:
            for key in server.ask("KEYS", f"{self._prefix}feed:*"):
                server.ask("DEL", key)

    async def fail_over(self, forgets: bool) -> bool:
        server = next(self._turns)
        server.ask("DEBUG", "CHANGE-REPL-ID")
        if forgets:
            server.ask("FLUSHALL")
        return True

    async def settle(self) -> None:
        await self._process.settle()

    async def close(self) -> None:
        await self._opened.aclose()

    def _reached(self) -> RedisAddress | Sequence[RedisAddress]:
        (server,) = self._servers
        return server.address


class ClusterStores(RedisStores):
    """The same in three masters, whose slots move: every other failover is one, with all that lies in them."""

    def __init__(self, nodes: RedisNodes) -> None:
        super().__init__(nodes.masters)
        self._nodes = nodes
        self._moves = itertools.cycle((True, False))

    async def fail_over(self, forgets: bool) -> bool:
        if not next(self._moves):
            return await super().fail_over(forgets)
        source, target = next(self._turns), next(self._turns)
        keys = source.ask("KEYS", f"{self._prefix}*")
        for slot in {slot_of(key) for key in keys}:
            self._nodes.move(slot, source, target)
        return False

    def _reached(self) -> Sequence[RedisAddress]:
        return self._nodes.addresses
