"""Releases one after the other on one data folder, as tests of versions play them, with likes in its log."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest

from events.codec import encode
from events.envelope import Event, Recorded
from events.likes import PostLiked
from infra.process.settings import Settings
from infra.wiring.embedded import Platform, embedded
from infra.wiring.operating import Operating
from projections.all import PROJECTIONS
from projections.buckets import bucket
from projections.effects import Effects, Projector, Put
from projections.likes import LIKES, PROJECTION
from schemas.ids import AccountId, PostId
from schemas.positions import Position
from schemas.tables import TEXT, Key, Row
from tests.integration.handlers import row_of
from tests.integration.stores import NO_KEY
from tests.pace import patient
from tests.unit.samples import recorded

WITH_EVENT = replace(LIKES, columns={**LIKES.columns, "event_id": TEXT}, defaults={"event_id": "unsaid"})
"""What likes become in the next release."""
NEW_TO_IT = ("comments", "notifications")
"""Projections that the release before did not have."""


def with_event(one: Recorded[PostLiked]) -> Effects:
    key = {"post_id": one.event.post_id, "account_id": one.event.account_id, "bucket": bucket(one.event.account_id)}
    yield Put(WITH_EVENT, **key, liked_at=one.at, event_id=one.id)


@contextmanager
def the_next_release() -> Iterator[None]:
    """Likes have another column, and another function; the old one is kept under its shape."""
    with pytest.MonkeyPatch.context() as patch:
        before = replace(PROJECTION)
        patch.setattr(PROJECTION, "earlier", (before,))
        patch.setattr(PROJECTION, "shape", 2)
        patch.setattr(PROJECTION, "tables", [WITH_EVENT])
        functions: dict[type[Event], Projector] = {**PROJECTION.functions, PostLiked: with_event}
        patch.setattr(PROJECTION, "functions", functions)
        yield


@contextmanager
def the_release_before() -> Iterator[None]:
    """Two projections are not there yet."""
    declared = tuple(one for one in PROJECTIONS if one.name not in NEW_TO_IT)
    with pytest.MonkeyPatch.context() as patch:
        for module in ("subscribers", "sides", "assembly"):
            patch.setattr(f"infra.wiring.{module}.PROJECTIONS", declared)
        for module in ("subscribers", "embedded", "watching"):
            patch.setattr(f"infra.wiring.{module}.SUBSCRIBERS", declared)
        yield


def like(number: int) -> Recorded[Event]:
    account = AccountId(f"ac_{number}")
    event = PostLiked(post_id=PostId("po_1"), account_id=account, author_id=None)
    return recorded(event, f"like/po_1/{account}", 1, f"ev_{number}")


def key(number: int) -> Key:
    account = AccountId(f"ac_{number}")
    return ("po_1", bucket(account), account)


async def append(site: Operating, *numbers: int) -> list[Position]:
    return await site.write.log.append([row_of(like(number), encode(like(number), NO_KEY)) for number in numbers])


async def passed(site: Operating, subscriber: str, places: list[Position]) -> None:
    assert await site.stored.positions.wait([subscriber], places, patient(20)), f"{subscriber} does not get there"


async def live_is(site: Operating, version: int) -> None:
    async with asyncio.timeout(patient(40)):
        while (await site.state.fresh()).state.of("likes").live != version:
            pass


@dataclass(frozen=True)
class Served:
    """A platform in a thread of its own, which goes on while whoever orders beside it waits for a store."""

    platform: Platform
    loop: asyncio.AbstractEventLoop

    async def seen(self, number: int) -> Row:
        """A like as a query of this release reads it."""
        found = self.platform.reads.tables.get(PROJECTION.tables[0], [key(number)])
        return (await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(found, self.loop)))[key(number)]


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[Served]:
    """While the block runs."""
    opened: asyncio.Future[Served] = asyncio.get_running_loop().create_future()
    here = asyncio.get_running_loop()

    async def serve() -> None:
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        async with embedded(settings) as platform:
            here.call_soon_threadsafe(opened.set_result, Served(platform, loop))
            here.call_soon_threadsafe(ending.append, partial(loop.call_soon_threadsafe, over.set))
            await over.wait()

    ending: list[Callable[[], object]] = []
    serving = asyncio.create_task(asyncio.to_thread(asyncio.run, serve()))
    either: set[asyncio.Future[Any]] = {serving, opened}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        serving.result()
    try:
        yield await opened
    finally:
        ending[0]()
        await serving
