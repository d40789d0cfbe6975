"""Publications, follows and readers of feeds at once, each step when a drawn schedule has it go on. For tests."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from events.delivery import Delivery
from events.envelope import Event, Recorded
from events.follows import Followed, Unfollowed
from events.posts import PostDeleted, PostPublished
from processors.fanout import FanOuts
from processors.planning import Plan
from processors.reach import AlwaysReached
from processors.rows import Rows
from projections.effects import Backfill, FanOut, Weigh
from projections.feed import FOLLOWING, PROJECTION
from projections.ports import FeedEntry
from query_api.beginnings import Beginnings
from query_api.celebrities import CelebrityReads
from query_api.feed import Feed
from query_api.memory import Memory
from query_api.pulling import Pulling
from query_api.reads import Reads
from query_api.rebuilds import Rebuilds
from schemas.errors import Unavailable
from schemas.ids import AccountId
from schemas.positions import FOLLOWS, POSTS, Position
from tests.integration.schedules.drawn_schedule import DrawnSchedule
from tests.integration.schedules.fate import Fate, Faulty, Killed
from tests.integration.stores import Site
from tests.unit.samples import NOON, PUBLISHED, recorded

AUTHORS = [AccountId(f"ac_author_{number}") for number in range(2)]
VIEWERS = [AccountId(f"ac_viewer_{number}") for number in range(2)]
POSTS_EACH, TURNS, LOSSES = 3, 3, 12
EVERYTHING = 100
"""More entries than there are."""


@dataclass(frozen=True)
class Process:
    """The feed's worker, and a query API, over stores that meet a fate."""

    site: Site
    fate: Fate

    async def rows(self, plan: Plan) -> None:
        """Writes what an event says of rows."""
        await Rows(self._tables, self.site.rows.drops).apply([plan])

    async def reactions(self, plan: Plan) -> None:
        """Carries out what follows from them."""
        fan_outs = FanOuts(self._tables, self._feeds, AlwaysReached(), PROJECTION.id)
        for job in plan.reactions:
            if isinstance(job, Weigh):
                continue
            assert isinstance(job, FanOut | Backfill)
            await fan_outs.apply(job, plan.delivery, 0)

    async def feed(self, viewer: AccountId) -> Sequence[FeedEntry]:
        """As GET /feed reads it, before it looks at cards and at who is still followed."""
        rebuilds = Rebuilds(self._tables, self._feeds)
        celebrities = CelebrityReads(self._tables, self.site.caches, memory := Memory())
        pulling = Pulling(self._tables, Beginnings(self._tables, self.site.caches, memory))
        wired = cast(
            Reads,
            SimpleNamespace(
                feeds=self._feeds, tables=self._tables, rebuilds=rebuilds, celebrities=celebrities, pulling=pulling
            ),
        )
        return await Feed(viewer, wired, None).entries(None, EVERYTHING)

    @property
    def _tables(self) -> Any:
        return Faulty(self.site.tables, self.fate)

    @property
    def _feeds(self) -> Any:
        return Faulty(self.site.feeds, self.fate)


@dataclass
class FeedStory:
    """One drawn schedule. `finished` are streams' last events of which everything is done; `begun` may be newer."""

    site: Site
    schedule: DrawnSchedule
    begun: dict[str, Event] = field(default_factory=dict)
    finished: dict[str, Event] = field(default_factory=dict)
    _fates: list[Fate] = field(default_factory=list)
    _offsets: "itertools.count[int]" = field(default_factory=itertools.count)

    async def told(self) -> None:
        """Everybody at once; readers until the others are done."""
        done = asyncio.Event()
        readers = [asyncio.ensure_future(self._reader(viewer, done)) for viewer in VIEWERS]
        streams = [self._stream(stream, events) for stream, events in self._streams().items()]
        try:
            await asyncio.gather(self._losses(), *streams)
        finally:
            done.set()
        await asyncio.gather(*readers)
        await asyncio.gather(*(fate.landed() for fate in self._fates))

    def due(self, viewer: AccountId) -> set[str]:
        """The posts that a feed which is asked for now must have: all is done that brings them there."""
        sure = {stream: event for stream, event in self.finished.items() if self.begun[stream] is event}
        follows = {e.followee_id for e in sure.values() if isinstance(e, Followed) and e.follower_id == viewer}
        posts = {stream: event for stream, event in sure.items() if isinstance(event, PostPublished)}
        return {stream.partition("/")[2] for stream, event in posts.items() if event.author_id in follows}

    async def seen(self, viewer: AccountId) -> set[str]:
        """What is shown at the end: entries of those who are followed."""
        found = await self.site.tables.slice(FOLLOWING, (viewer,), EVERYTHING)
        follows = {row["followee_id"] for row in found}
        entries = await Process(self.site, Fate()).feed(viewer)
        return {entry.post_id for entry in entries if entry.author_id in follows}

    def _streams(self) -> dict[str, list[Event]]:
        """Posts, some of which are deleted again, and follows that begin and end."""
        draw, streams = self.schedule.draw, dict[str, list[Event]]()
        for number, author in enumerate(AUTHORS * POSTS_EACH):
            published = PUBLISHED.model_copy(update={"author_id": author, "published_at": NOON + number})
            ended = [PostDeleted(author_id=author, published_at=NOON + number, salt=0)] if draw.random() < 0.2 else []
            streams[f"post/po_{number}"] = [published, *ended]
        for viewer, author in itertools.product(VIEWERS, AUTHORS):
            turns = itertools.islice(itertools.cycle([Followed, Unfollowed]), draw.randint(1, TURNS))
            streams[f"follow/{viewer}/{author}"] = [turn(follower_id=viewer, followee_id=author) for turn in turns]
        return streams

    async def _stream(self, stream: str, events: Sequence[Event]) -> None:
        """Rows in the order of the stream; what follows from them in that order too, while rows go on."""
        before: asyncio.Task[None] | None = None
        for version, event in enumerate(events, start=1):
            one = recorded(event, stream, version, f"ev_{stream}_{version}")
            plan = self._plan(one)
            self.begun[stream] = event
            await self._insisted(lambda process, plan=plan: process.rows(plan))  # type: ignore[misc]
            before = asyncio.create_task(self._follows(plan, before))
        if before:
            await before

    async def _follows(self, plan: Plan, before: "asyncio.Task[None] | None") -> None:
        if before:
            await before
        await self._insisted(lambda process: process.reactions(plan))
        self.finished[plan.delivery.recorded.stream] = plan.delivery.recorded.event

    async def _insisted(self, step: Callable[[Process], Awaitable[None]]) -> None:
        """Until it is done; by another process, if one died of it."""
        process = self._process()
        while True:
            try:
                return await step(process)
            except Unavailable:
                continue
            except Killed:
                process = self._process()

    async def _reader(self, viewer: AccountId, done: asyncio.Event) -> None:
        while not done.is_set():
            due = self.due(viewer)
            try:
                entries = await self._process().feed(viewer)
            except (Unavailable, Killed):
                continue
            lacking = {post for post in due if post in self.due(viewer)} - {entry.post_id for entry in entries}
            assert not lacking, f"{viewer} is not shown {lacking}"

    async def _losses(self) -> None:
        """The store of feeds forgets them all."""
        for _ in range(LOSSES):
            for _ in range(self.schedule.draw.randrange(12)):
                await self.schedule.turn()
            await self.site.views.write("DELETE FROM feeds")

    def _process(self) -> Process:
        self._fates.append(self.schedule.fate())
        return Process(self.site, self._fates[-1])

    def _plan(self, one: Recorded[Event]) -> Plan:
        topic = POSTS if one.stream.startswith("post/") else FOLLOWS
        return Plan(Delivery(one, Position(topic, 0, next(self._offsets))), PROJECTION.effects(one))
