"""A small site whose every step a test makes by itself: rows of events, what follows from them, readers of feeds."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from commands.celebrities import ClearCelebrity
from events.celebrities import Celebrity
from events.codec import decode
from events.delivery import Delivery
from events.envelope import Event
from events.follows import Followed, Unfollowed
from events.posts import PostDeleted, PostPublished
from infra.process.clock import wall_clock
from processors.celebrities import Celebrities
from processors.fanout import FanOuts
from processors.planning import Plan
from processors.threshold import Threshold
from projections.celebrities import ALL, CELEBRITIES, spans_of
from projections.effects import Backfill, FanOut, Settle, Weigh
from projections.feed import FOLLOWING, PROJECTION, parts_of
from projections.ports import FeedEntry, Feeds
from query_api.beginnings import Beginnings
from query_api.celebrities import CelebrityReads
from query_api.feed import Feed
from query_api.memory import Memory
from query_api.paging import fill
from query_api.pulling import Pulling
from query_api.reads import Reads
from query_api.rebuilds import Rebuilds
from schemas.ids import AccountId, Millis, PostId
from schemas.positions import FOLLOWS, POSTS, Position
from tests.integration.handlers import cause
from tests.integration.schedules.counted import CachesCounted, CountedPort
from tests.integration.schedules.fate import Fate, Faulty
from tests.integration.stores import NO_KEY, Site
from tests.unit.samples import PUBLISHED, recorded

THRESHOLD = 3
STAR, OTHER = AccountId("ac_star"), AccountId("ac_other")
FANS = [AccountId(f"ac_fan_{number}") for number in range(THRESHOLD)]
EVERYTHING = 10_000


@dataclass
class World:
    """One site. `fates` of ports are what befalls the next steps."""

    site: Site
    feeds: Feeds
    now: Millis = field(default_factory=wall_clock)
    memory: Memory = field(default_factory=Memory)
    threshold: Threshold = field(default_factory=lambda: Threshold(THRESHOLD))
    asked: Counter[str] = field(default_factory=Counter)
    """Of tables and caches, by readers."""
    of_feeds: Counter[str] = field(default_factory=Counter)
    """Of stored feeds, by readers."""
    _versions: Counter[str] = field(default_factory=Counter)
    _offsets: "itertools.count[int]" = field(default_factory=itertools.count)
    _taken: Counter[int] = field(default_factory=Counter)
    """How much of each partition of the log was carried out."""

    def __post_init__(self) -> None:
        self.site.caches.hear(self.memory.forget)
        self.beginnings = Beginnings(self.site.tables, self.site.caches, self.memory)

    # What happens

    async def rows(self, event: Event, stream: str) -> Plan:
        """Writes what an event says of rows; what follows from it is left to the test."""
        self._versions[stream] += 1
        one = recorded(event, stream, self._versions[stream], f"ev_{stream}_{self._versions[stream]}")
        topic = POSTS if stream.startswith("post/") else FOLLOWS
        plan = Plan(Delivery(one, Position(topic, 0, next(self._offsets))), PROJECTION.effects(one))
        await self.site.rows.apply([plan])
        return plan

    async def reacts(self, plan: Plan, fate: Fate | None = None) -> None:
        """What follows from an event, by a worker of this fate."""
        tables: Any = Faulty(self.site.tables, fate or Fate())
        fan_outs = FanOuts(tables, self.feeds, self.site.reach, PROJECTION.id, self.threshold)
        celebrities = Celebrities(self.site.handler, tables, fan_outs, lambda: self.now)
        appliers: dict[type, Any] = {FanOut: fan_outs, Backfill: fan_outs, Weigh: celebrities, Settle: celebrities}
        for job in plan.reactions:
            await appliers[type(job)].apply(job, plan.delivery, 0)

    async def happens(self, event: Event, stream: str) -> None:
        """All of it, and whatever it leads to."""
        await self.reacts(await self.rows(event, stream))
        await self.carried_out()

    async def rows_of_follow(self, fan: AccountId, star: AccountId = STAR) -> Plan:
        """The rows alone."""
        return await self.rows(Followed(follower_id=fan, followee_id=star), f"follow/{fan}/{star}")

    async def rows_of_unfollow(self, fan: AccountId, star: AccountId = STAR) -> Plan:
        """The rows alone."""
        return await self.rows(Unfollowed(follower_id=fan, followee_id=star), f"follow/{fan}/{star}")

    async def follows(self, fan: AccountId, star: AccountId = STAR) -> None:
        await self.reacts(await self.rows_of_follow(fan, star))
        await self.carried_out()

    async def unfollows(self, fan: AccountId, star: AccountId = STAR) -> None:
        await self.reacts(await self.rows_of_unfollow(fan, star))
        await self.carried_out()

    def post(
        self, name: str, author: AccountId = STAR, at: Millis | None = None, salt: int = 0
    ) -> tuple[PostPublished, str]:
        """A publication, a moment later than the one before."""
        self.now += 1
        published = PUBLISHED.model_copy(update={"author_id": author, "published_at": at or self.now, "salt": salt})
        return published, f"post/{name}"

    async def publishes(self, name: str, author: AccountId = STAR, salt: int = 0) -> PostPublished:
        event, stream = self.post(name, author, salt=salt)
        await self.happens(event, stream)
        return event

    async def deletes(self, name: str, event: PostPublished) -> None:
        at, author = event.published_at, event.author_id
        await self.happens(PostDeleted(author_id=author, published_at=at, salt=event.salt), f"post/{name}")

    async def orders_clear(self, star: AccountId = STAR, again_at: int | None = None) -> None:
        """What `photolog feed celebrity clear` records."""
        self.now += 1
        command = ClearCelebrity(AccountId("system:operator:ann"), star, THRESHOLD, self.now, "why not", again_at)
        await self.site.handler.handle(command, cause(f"clear {self.now}"))
        self.now += 1

    async def said(self) -> list[Plan]:
        """What commands have said of celebrities, and nobody has carried out yet."""
        plans = []
        for (topic, partition), end in (await self.site.log.ends()).items():
            if topic == FOLLOWS and end > self._taken[partition]:
                entries = await self.site.log.read(topic, partition, self._taken[partition], EVERYTHING)
                self._taken[partition] = end
                plans += [Delivery(decode(entry.wire, NO_KEY), entry.position) for entry in entries]
        assert all(isinstance(delivery.recorded.event, Celebrity) for delivery in plans)
        return [Plan(delivery, PROJECTION.effects(delivery.recorded)) for delivery in plans]

    async def carried_out(self) -> None:
        """All of that."""
        while plans := await self.said():
            for plan in plans:
                await self.site.rows.apply([plan])
                await self.reacts(plan)

    # What is seen

    async def spans(self, star: AccountId = STAR) -> list[tuple[bool, bool]]:
        """Of a star, whether each has ended and is settled."""
        rows = await self.site.tables.get(CELEBRITIES, [(ALL, star)])
        return [(span.until is not None, span.settled) for span in spans_of(rows.get((ALL, star)))]

    async def seen(
        self, viewer: AccountId, page: int = 2, fate: Fate | None = None, *, glances: bool = False
    ) -> list[str]:
        """The posts of a feed from its beginning to its end, page by page: those that are there, of who is followed.
        `glances`: the first page as it is, or was a moment ago."""
        feed = self.reader(viewer, fate, glances=glances)
        shown: list[str] = []
        start = None
        while True:
            items = await fill(feed.entries, lambda entries: self._shown(viewer, entries), start, page)
            shown += items.shown
            if items.last is None:
                return shown
            start, feed = items.last, self.reader(viewer, fate) if glances else feed

    async def pushed(self, viewer: AccountId) -> set[str]:
        """What lies in the stored feed."""
        stored = await self.feeds.look(viewer, EVERYTHING)
        return {entry.post_id for entry in stored.newest}

    async def due(self, viewer: AccountId) -> list[str]:
        """The definition: published posts of who is followed, newest first."""
        entries: list[FeedEntry] = []
        for row in await self.site.tables.slice(FOLLOWING, (viewer,), EVERYTHING):
            author = row["followee_id"]
            for part in parts_of(author, spread=True):
                posts = await self.site.tables.slice(*part, EVERYTHING)
                entries += [FeedEntry(post["published_at"], PostId(post["post_id"]), author) for post in posts]
        return [entry.post_id for entry in sorted(entries, reverse=True)]

    def reader(self, viewer: AccountId, fate: Fate | None = None, *, glances: bool = False) -> Feed:
        """A reader in the one query process that there is. `glances`: who has not asked to see anything there."""
        tables: Any = CountedPort(Faulty(self.site.tables, fate or Fate()), self.asked, Counter())
        feeds: Any = CountedPort(Faulty(self.feeds, fate or Fate()), self.of_feeds, Counter())
        caches: Any = CachesCounted(self.site.caches, self.asked)
        wired = SimpleNamespace(
            feeds=feeds,
            tables=tables,
            rebuilds=Rebuilds(tables, feeds),
            celebrities=CelebrityReads(tables, caches, self.memory),
            pulling=Pulling(tables, Beginnings(tables, caches, self.memory) if fate else self.beginnings),
        )
        return Feed(viewer, cast(Reads, wired), None, _at_once if glances else None)

    async def _shown(self, viewer: AccountId, entries: Sequence[FeedEntry]) -> list[str | None]:
        """As cards are: None for what is deleted, and for authors who are not followed."""
        followed = await self.site.tables.get(FOLLOWING, list({(viewer, entry.author_id) for entry in entries}))
        there: set[FeedEntry] = set()
        for entry in entries:
            for table, part in parts_of(entry.author_id, spread=True):
                if await self.site.tables.get(table, [(*part, entry.published_at, entry.post_id)]):
                    there.add(entry)
        return [
            entry.post_id if entry in there and (viewer, entry.author_id) in followed else None for entry in entries
        ]


async def _at_once(_entries: Sequence[FeedEntry]) -> set[PostId]:
    """All that is new can be shown."""
    return set()
