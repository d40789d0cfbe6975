"""A site, what is under way on it, and what its feeds must show by their definition. For feed_machine.py.

What is right it knows by itself: posts by who is followed, newest first. What is still under way may be lacking;
nothing else may, and nothing may be there twice, or be gone once it was shown.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from events.posts import PostPublished
from processors.planning import Plan
from projections.celebrities import ALL, CELEBRITIES, spans_of
from projections.effects import Backfill, FanOut
from projections.feed import PROJECTION
from projections.ports import FeedEntry
from schemas.ids import AccountId
from tests.integration.feeds.celebrity_world import World
from tests.integration.feeds.feed_stores import FeedStores, FileStores
from tests.integration.feeds.shared_memory import SharedMemory
from tests.integration.schedules.fate import Fate, Gate, pauses_after
from tests.unit.samples import NOON

AUTHORS = [AccountId(f"ac_author_{number}") for number in range(3)]
VIEWERS = [AccountId(f"ac_viewer_{number}") for number in range(4)]
CAP, PAGE = 6, 2
"""Entries of a stored feed, and of a page."""

COVERED: Counter[str] = Counter()
"""What machines did, over all runs."""
T = TypeVar("T")


@dataclass
class Work:
    """What follows from an event, until it is over."""

    plan: Plan
    gate: Gate = field(default_factory=Gate)
    task: "asyncio.Task[None] | None" = None

    @property
    def stream(self) -> str:
        return self.plan.delivery.recorded.stream


class FeedStand:
    """One site, its workers and its readers, and what is right."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.folder = TemporaryDirectory()
        self.follows: set[tuple[AccountId, AccountId]] = set()
        self.posts: dict[str, PostPublished] = {}
        self.deleted: set[str] = set()
        self.waiting: list[Work] = []
        self.over: list[Plan] = []
        self.floors: dict[AccountId, FeedEntry | None] = dict.fromkeys(VIEWERS)
        self.shown: dict[AccountId, set[str]] = {viewer: set() for viewer in VIEWERS}
        self.readers: list[tuple[AccountId, set[str], Gate, asyncio.Task[list[str]]]] = []
        self.world = self.run(self._opened())

    def make_stores(self) -> FeedStores:
        """Where feeds lie in this run."""
        return FileStores()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    async def _opened(self) -> World:
        self.stores = self.make_stores()
        site = await self.stores.open(Path(self.folder.name), CAP)
        await site.tables.create(PROJECTION.tables)
        self.memory = SharedMemory(self.is_waited_for)
        return World(site, site.feeds, now=NOON, memory=self.memory)

    def close(self) -> None:
        for work in self.waiting:
            work.gate.open()
        self.let_go()
        self.run(self._ended())
        self.world.site.views.close()
        self.world.site.truth.close()
        self.runner.close()
        self.folder.cleanup()

    def is_waited_for(self) -> None:
        """What a held reader reads."""
        COVERED["shared reads"] += 1
        self.let_go()

    def let_go(self) -> None:
        """Readers who are held up are so no longer."""
        for *_, gate, _ in self.readers:
            gate.open()

    async def _ended(self) -> None:
        tasks = [work.task for work in self.waiting if work.task] + [task for *_, task in self.readers]
        await asyncio.gather(*tasks)
        await self.stores.close()
        COVERED["rebuilds"] += self.world.of_feeds["complete"]

    def is_ordered(self, viewer: AccountId, seen: list[str]) -> None:
        ordered = sorted(set(seen), key=lambda name: (self.posts[name].published_at, name), reverse=True)
        assert seen == ordered, f"{viewer} sees them in another order, or twice"

    def allowed(self, viewer: AccountId) -> set[str]:
        """Whatever happens with what is under way."""
        there = {name: post for name, post in self.posts.items() if name not in self.deleted}
        return {name for name, post in there.items() if (viewer, post.author_id) in self.follows}

    def dues(self, of: AccountId | None = None) -> list[set[str]]:
        """What must be seen: by who saw it before, and by who reads just now."""
        dues = [(viewer, due) for viewer, due, *_ in self.readers] + list(self.shown.items())
        return [due for viewer, due in dues if of is None or viewer == of]

    def due(self, viewer: AccountId) -> set[str]:
        """What must be shown: all is over that brings it there."""
        return self.allowed(viewer) - self.late(viewer)

    def kept(self, viewer: AccountId) -> set[str]:
        """What was shown, and must not be gone."""
        return self.shown[viewer] - self.run(self.pulled_early(self.late(viewer)))

    def late(self, viewer: AccountId) -> set[str]:
        """What somebody is still bringing there."""
        jobs = [job for work in self.waiting for job in work.plan.reactions]
        fan_outs = {job.post_id for job in jobs if isinstance(job, FanOut)}
        backfills = {job.followee_id for job in jobs if isinstance(job, Backfill) and job.follower_id == viewer}
        return {name for name, post in self.posts.items() if name in fan_outs or post.author_id in backfills}

    async def pulled_early(self, late: set[str]) -> set[str]:
        """Of these, what lies behind a span that is settled: readers of a feed that is not whole pull it all the same,
        and once the feed is whole it is seen when it has been pushed."""
        rows = await self.world.site.tables.get(CELEBRITIES, [(ALL, author) for author in AUTHORS])
        ends = {author: [span.end for span in spans_of(rows.get((ALL, author)))] for author in AUTHORS}
        posts = {name: self.posts[name] for name in late}
        return {
            name
            for name, post in posts.items()
            if any(end is not None and end <= post.published_at for end in ends[post.author_id])
        }

    def takes(self, plan: Plan, *, begins: bool = False) -> None:
        """What follows is waited for; what is the first of its stream can begin at once."""
        if not plan.reactions:
            return
        self.waiting.append(work := Work(plan))
        first = next(one for one in self.waiting if one.stream == work.stream)
        if begins and first is work:
            self.run(self.begins(work))

    def next(self, number: int) -> Work:
        """Any stream's first."""
        stream = self.waiting[number % len(self.waiting)].stream
        return next(work for work in self.waiting if work.stream == stream)

    async def begins(self, work: Work) -> None:
        """Up to where it has asked the tables what it wants to know."""
        step = "get" if any(isinstance(job, FanOut) for job in work.plan.reactions) else "slice"
        fate = Fate().at(step, pauses_after(work.gate))
        work.task = asyncio.create_task(self.world.reacts(work.plan, fate))
        await _reached(work.gate, work.task)

    async def ends(self, work: Work) -> None:
        if work.task is None:
            work.task = asyncio.create_task(self.world.reacts(work.plan))
        else:
            COVERED["races"] += 1
        work.gate.open()
        await work.task
        self.waiting.remove(work)
        self.over.append(work.plan)

    async def dies(self, work: Work) -> None:
        """Whoever does this work is gone in the middle of it; somebody else begins anew."""
        assert work.task is not None
        work.task.cancel()
        await asyncio.wait([work.task])
        work.task, work.gate = None, Gate()

    async def trimmed(self, viewer: AccountId) -> bool:
        """Whether entries were trimmed from this feed since the last look."""
        before, self.floors[viewer] = self.floors[viewer], (await self.world.feeds.look(viewer, 1)).floor
        return before is not None and self.floors[viewer] not in (None, before)

    async def started(self, viewer: AccountId, fate: Fate, gate: Gate) -> "asyncio.Task[list[str]]":
        task = asyncio.create_task(self.world.seen(viewer, PAGE, fate))
        await _reached(gate, task)
        self.memory.hold()
        return task


async def _reached(gate: Gate, task: "asyncio.Task[Any]") -> None:
    """The gate, or the end of the task."""
    waiting = asyncio.create_task(gate.reached.wait())
    await asyncio.wait([waiting, task], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


async def of(task: "asyncio.Task[T]") -> T:
    return await task
