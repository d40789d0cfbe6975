"""A site with people in it, made without its processors: what projections say of made-up events, put into the tables.

Then one query API process of its own serves it. Feeds are left to the first reader, as after any week of absence.
"""

import asyncio
import itertools
import os
import random
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import httpx

from events.celebrities import CelebrityCrossed, Span
from events.envelope import Event, Recorded
from events.follows import Followed
from infra.local.stack.stack import Stack
from infra.process.clock import wall_clock
from infra.process.environment import load_settings
from infra.wiring import assembly
from infra.wiring.cluster import connected
from processors.reach import LOOK_S, SharedReach
from projections.all import PROJECTIONS
from projections.effects import Put
from projections.ports import Tables, Write
from projections.site import Share
from schemas.ids import AccountId, PostId, SessionId
from tests.bench.feed.made_up import NOON, event_of, opened, published
from tests.callers import callers
from tests.ports import free_ports
from tests.processes import PHOTOLOG
from tests.sites import remove_site

AUTHORS, POSTS_EACH = 400, 10
AT_ONCE = 2_000


@dataclass(frozen=True)
class World:
    """Who follows whom, and what there is to see."""

    viewers: list[AccountId]
    events: list[Recorded[Event]]
    seed: int

    @classmethod
    def drawn(
        cls,
        seed: int,
        viewers: int,
        followees: int,
        most_authors: int = AUTHORS,
        posts_each: int = POSTS_EACH,
        celebrities: int = 0,
    ) -> "World":
        """Authors followed by Zipf's law: some by nearly everybody. The most followed are the celebrities."""
        draw, first = random.Random(seed), max(AUTHORS, most_authors)
        authors = _people(most_authors)
        readers = [AccountId(f"ac_{number:011}") for number in range(first, first + viewers)]
        events = [event_of(opened(account), f"account/{account}") for account in (*authors, *readers)]
        weights = [1 / rank for rank in range(1, most_authors + 1)]
        for reader in readers:
            chosen: dict[AccountId, None] = {}
            while len(chosen) < min(followees, most_authors):
                chosen.update(dict.fromkeys(draw.choices(authors, weights, k=followees)))
            for author in list(chosen)[:followees]:
                stream = f"follow/{reader}/{author}"
                events.append(event_of(Followed(follower_id=reader, followee_id=author), stream))
        for number, author in enumerate(authors * posts_each):
            post = PostId(f"po_{number:011}")
            events.append(event_of(published(author, post, NOON + 60_000 * number), f"post/{post}"))
        for star in authors[:celebrities]:
            crossed = CelebrityCrossed(account_id=star, spans=(Span(since=NOON),), followers=viewers, again_at=0)
            events.append(event_of(crossed, f"celebrity/{star}"))
        return cls(readers, events, seed)

    @staticmethod
    def stars(celebrities: int) -> list[AccountId]:
        """Who are celebrities, if there are so many."""
        return _people(celebrities)


@dataclass(frozen=True)
class Site:
    """A query API process, and what readers send it."""

    redis: str
    port: int
    pid: int
    tokens: list[str]
    seed: int

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    def everybody_once(self) -> Iterator[bytes]:
        """The first page of each viewer."""
        return map(_request, self.tokens)

    def drawn(self) -> Iterator[bytes]:
        """Viewers for ever, by Zipf's law."""
        draw = random.Random(self.seed)
        weights = list(itertools.accumulate(1 / rank for rank in range(1, len(self.tokens) + 1)))
        while True:
            yield from map(_request, draw.choices(self.tokens, cum_weights=weights, k=1_000))


@asynccontextmanager
async def seeded(stack: Stack, world: World) -> AsyncIterator[Site]:
    """The world on a site of its own on these servers, for as long as the block lasts."""
    os.environ.update(stack.environment, PHOTOLOG_SITE=f"b{uuid.uuid4().hex[:12]}")
    settings = load_settings()
    async with connected(settings) as cluster:
        await put(world.events, cluster.read.tables)
        await believed(cluster.reach)
        issuer = assembly.access_tokens(settings, cluster.secrets)
        tokens = [issuer.issue(viewer, SessionId("se_00000000001"), wall_clock()) for viewer in world.viewers]
    try:
        async with query_api() as served:
            yield Site(os.environ["PHOTOLOG_REDIS"], served.port, served.pid, tokens, world.seed)
    finally:
        await remove_site(stack.environment, os.environ["PHOTOLOG_SITE"])


class QueryApi(NamedTuple):
    """A process."""

    port: int
    ops_port: int
    pid: int


@asynccontextmanager
async def query_api(command: Sequence[str | Path] = (PHOTOLOG, "query-api")) -> AsyncIterator[QueryApi]:
    """A query API process of the site in the environment, once it answers."""
    port, ops_port = free_ports(2)
    own = {"PHOTOLOG_QUERY_PORT": str(port), "PHOTOLOG_OPS_PORT": str(ops_port)}
    process = await asyncio.create_subprocess_exec(*command, env=os.environ | own)
    try:
        await _ready(port)
        yield QueryApi(port, ops_port, process.pid)
    finally:
        process.terminate()
        await process.wait()


async def put(events: Sequence[Recorded[Event]], tables: Tables) -> None:
    """The rows of these, on a site that has none of them."""
    writes = [
        Write(effect.table, effect.key, event.version, effect.row, standing=0)
        for event in events
        for projection in PROJECTIONS
        for effect in projection.effects(event)
        if isinstance(effect, Put)
    ]
    for start in range(0, len(writes), AT_ONCE):
        await tables.write(writes[start : start + AT_ONCE])


async def believed(reach: SharedReach) -> None:
    """Redis is believed once a worker has looked; this site has none."""
    reach.owns("bench", [Share("bench", "bench", 0)])
    while not await reach.once():
        await reach.pause(LOOK_S)


async def _ready(port: int) -> None:
    async with callers(f"http://127.0.0.1:{port}") as http:
        for _ in range(600):
            try:
                if (await http.get("/healthz")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    raise RuntimeError("the query API does not answer")


def _people(number: int) -> list[AccountId]:
    return [AccountId(f"ac_{one:011}") for one in range(number)]


def _request(token: str) -> bytes:
    return f"GET /feed HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
