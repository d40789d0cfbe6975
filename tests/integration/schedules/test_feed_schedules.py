"""Feeds under schedules that are drawn: publications, follows that begin and end, backfills, rebuilds and losses at
once, with deaths, lost answers and writes that land later. PHOTOLOG_SEED repeats one schedule."""

import itertools
import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from events.delivery import Delivery
from events.envelope import Event
from events.follows import Followed
from events.posts import PostPublished
from processors import followers
from processors.planning import Plan
from projections.buckets import bucket
from projections.feed import PROJECTION
from projections.ports import FEED_LIMIT
from schemas.ids import AccountId
from schemas.positions import FOLLOWS, POSTS, Position
from tests.contract.feeds import rebuilt
from tests.forms import LONG
from tests.integration.schedules.at_once import commit_at_once
from tests.integration.schedules.drawn_schedule import DrawnSchedule, says
from tests.integration.schedules.fate import Fate, Fault, Killed, as_ever, dies_after, dies_before
from tests.integration.schedules.feed_story import VIEWERS, FeedStory, Process
from tests.integration.stores import Site, open_site
from tests.unit.samples import ANN, NOON, PUBLISHED, recorded

SCHEDULES = int(os.environ.get("PHOTOLOG_SCHEDULES", "1000" if LONG else "20"))
SEEDS = [int(os.environ["PHOTOLOG_SEED"])] if "PHOTOLOG_SEED" in os.environ else None
PEOPLE = [AccountId(f"ac_{number:011}") for number in range(100)]
FOLLOWERS = [*[one for one in PEOPLE if bucket(one) == 0][:5], *[one for one in PEOPLE if bucket(one)][:5]]
"""So many of one bucket, and of other buckets few each."""


@pytest.fixture(autouse=True)
def _nothing_waits_for_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    commit_at_once(monkeypatch)


@asynccontextmanager
async def site_in(folder: Path) -> AsyncIterator[Site]:
    site = open_site(folder)
    await site.tables.create(PROJECTION.tables)
    yield site
    site.views.close()
    site.truth.close()


@pytest.mark.chaos
@pytest.mark.timeout(3_600)
async def test_whatever_the_schedule_a_feed_lacks_no_post_of_who_is_followed(tmp_path: Path) -> None:
    shown = 0
    for seed in SEEDS or random.sample(range(2**32), SCHEDULES):
        with TemporaryDirectory(dir=tmp_path) as folder, says(seed):
            async with site_in(Path(folder)) as site:
                story = FeedStory(site, DrawnSchedule(seed))
                await story.schedule.run(story.told())
                for viewer in VIEWERS:
                    seen = await story.seen(viewer)
                    assert seen >= story.due(viewer)
                    shown += len(seen)
    assert shown, "some of them follow somebody who has posts"


def plan_of(event: Event, stream: str, offset: int) -> Plan:
    one = recorded(event, stream, 1, f"ev_{stream}")
    topic = POSTS if isinstance(event, PostPublished) else FOLLOWS
    return Plan(Delivery(one, Position(topic, 0, offset)), PROJECTION.effects(one))


@pytest.mark.parametrize("dies", [dies_before, dies_after])
async def test_a_fan_out_that_dies_at_any_step_reaches_everybody_once_when_it_is_repeated(
    tmp_path: Path, dies: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "CHUNK", 2)  # several pushes to those who are read together
    monkeypatch.setattr(followers, "FEW", 2)  # and several slices of the buckets that are not
    async with site_in(tmp_path) as site:
        for offset, follower in enumerate(FOLLOWERS):
            follows = Followed(follower_id=follower, followee_id=ANN)
            await site.rows.apply([plan_of(follows, f"follow/{follower}/{ANN}", offset)])
            await rebuilt(site.feeds, follower)
        died = 0
        for number in itertools.count():
            published = PUBLISHED.model_copy(update={"published_at": NOON + number})
            plan, fate, successor = plan_of(published, f"post/po_{number}", number), Fate(), Fate()
            await site.rows.apply([plan])
            fate.usual = dies_at(number, dies, fate)
            with suppress(Killed):
                await Process(site, fate).reactions(plan)
            died += fate.dead
            await Process(site, successor).reactions(plan)
            for follower in FOLLOWERS:
                feed = await site.feeds.read(follower, FEED_LIMIT)
                assert feed is not None
                assert len(feed.entries) == number + 1, f"{follower} lacks {number}"
            if not fate.dead:
                break
    assert (died, successor.taken.count("push") > 3, successor.taken.count("slice") > 1) == (number, True, True)


def dies_at(number: int, dies: Fault, fate: Fate) -> Callable[[str], Fault]:
    """Every step is as ever but this one."""
    return lambda _step: dies if len(fate.taken) == number + 1 else as_ever
