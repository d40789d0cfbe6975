"""A site that believes a Redis, as seen by one process: the site's state in a file, and time that passes when told."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from infra.process.site_state import SharedState
from infra.redis.address import RedisAddress
from infra.redis.belief import TOLD_WITHIN_S, RedisBelief
from infra.redis.cluster import RedisCluster
from infra.redis.connection import RedisConnection
from infra.redis.redis import Redis
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.site import SqliteSiteRows
from processors.reach import SharedReach
from projections.site import Share, SiteRow, SiteRows
from schemas.errors import Unavailable
from tests.pace import patient

SHARE = Share("feed@v1", "photolog.posts", 0)


class Seconds:
    """A clock that counts no second by itself."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    async def pass_(self, seconds: float) -> None:
        """Lets so many seconds pass at once."""
        self.now += seconds
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Believing:
    """A process of the site: what it holds of the state, its connection, and its way to tell Redis."""

    rows: SiteRows
    clock: Seconds
    state: SharedState
    connection: Redis
    belief: RedisBelief
    reach: SharedReach
    prefix: str = ""

    async def settle(self) -> None:
        """Has the worker of this process look until Redis is believed."""
        while not await self.reach.once():
            await self.clock.pass_(0.25)


@asynccontextmanager
async def believing(
    rows: SiteRows,
    address: RedisAddress | Sequence[RedisAddress],
    clock: Seconds,
    shares: Sequence[Share] = (SHARE,),
    prefix: str = "",
) -> AsyncIterator[Believing]:
    """Another process of the site, which owns these shares. Several addresses are of a Redis Cluster's nodes."""
    connection = RedisConnection(address) if isinstance(address, RedisAddress) else RedisCluster(address)
    state = SharedState(rows, clock)
    belief = RedisBelief(state, connection, prefix, patient(TOLD_WITHIN_S))
    reach = SharedReach(state, belief.probed, clock, clock.pass_)
    reach.owns("the test", shares)
    yield Believing(rows, clock, state, connection, belief, reach, prefix)
    await belief.breaker.end()
    await connection.close()


@asynccontextmanager
async def site_rows(folder: Path) -> AsyncIterator[SiteRows]:
    """The rows of a site in a file."""
    database = SqliteDatabase(folder / "site.sqlite", "NORMAL")
    yield SqliteSiteRows(database)
    database.close()


@dataclass
class Frozen:
    """The rows as a process sees them that cannot reach their store while `away`."""

    rows: SiteRows
    away: bool = field(default=False)

    async def read(self, name: str) -> SiteRow | None:
        self._reached()
        return await self.rows.read(name)

    async def write(self, name: str, content: str, after: int) -> bool:
        self._reached()
        return await self.rows.write(name, content, after)

    def _reached(self) -> None:
        if self.away:
            raise Unavailable("the wire to the store is cut")
