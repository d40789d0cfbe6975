"""Several processes of one Faust group on real Kafka: whoever comes, goes or is killed, each event is taken once."""

import asyncio
import signal
from collections.abc import Sequence
from dataclasses import dataclass

from commands.invariants import BROKEN
from processors.planning import Plan
from schemas.positions import ENGAGEMENT, Position
from tests.integration.faust.faust_sites import (
    EVERYWHERE,
    WITHIN_S,
    FaustSite,
    assert_everything_once,
    running,
    worker,
)
from tests.integration.faust.journal import RECORDER, Journal
from tests.integration.runtime.recorder import likes
from tests.pace import patient

NEVER_S = 600.0
BETWEEN = 100
"""Likes of each post before and after what befalls a process: some batches."""


async def until_taken_by(site: FaustSite, name: str, partitions: int) -> None:
    """Keeps events coming to all partitions until a process has taken some in so many of them."""
    async with asyncio.timeout(patient(WITHIN_S)):
        while len(site.journal().taken(name)) < partitions:
            await site.drained(await site.append([event for post in EVERYWHERE for event in likes(post, 2)]))


async def test_of_two_processes_one_is_killed_and_nothing_is_lost_or_doubled(site: FaustSite) -> None:
    async with worker(site, "first") as first, worker(site, "second"):
        await until_taken_by(site, "first", 1)
        await until_taken_by(site, "second", 1)
        await site.append([event for post in EVERYWHERE for event in likes(post, BETWEEN)])
        first.kill()
        places = await site.append([event for post in EVERYWHERE for event in likes(post, BETWEEN)])
        await site.drained(places)
    assert_everything_once(site, places)


async def test_who_is_killed_and_begins_again_under_its_name_waits_for_nobody(site: FaustSite) -> None:
    """The session of the killed one, which is put out, goes on for longer than the test may last."""
    async with worker(site, "first", NEVER_S, "one") as first:
        await until_taken_by(site, "first", 4)
        await site.append([event for post in EVERYWHERE for event in likes(post, BETWEEN)])
        first.kill()
        await first.wait()
        async with worker(site, "again", NEVER_S, "one"):
            places = await site.append([event for post in EVERYWHERE for event in likes(post, BETWEEN)])
            await site.drained(places)
            assert site.journal().taken("again")
    assert_everything_once(site, places)


async def test_one_that_lives_and_is_put_out_all_the_same_joins_again(site: FaustSite) -> None:
    async with worker(site, "first", member="same") as first:
        await until_taken_by(site, "first", 4)
        async with worker(site, "second", member="same"):
            await until_taken_by(site, "second", 1)
            first_had = sum(map(len, site.journal().taken("first").values()))
            while sum(map(len, site.journal().taken("first").values())) == first_had:
                await site.drained(await site.append([event for post in EVERYWHERE for event in likes(post, 2)]))
            assert first.returncode is None


@dataclass
class Slow(Journal):
    """A journal that takes its time, and counts how often it was cut short."""

    cut_short: int = 0

    async def apply(self, plans: Sequence[Plan]) -> None:
        try:
            await asyncio.sleep(0.2)
        except asyncio.CancelledError:
            self.cut_short += 1
            raise
        await super().apply(plans)


async def test_a_process_that_joins_takes_over_partitions_and_gives_them_back(site: FaustSite) -> None:
    journal = Slow(site.views)
    async with running(site.driver(journal)):
        await until_taken_by(site, "here", 4)
        async with worker(site, "guest") as guest:
            await until_taken_by(site, "guest", 2)
            assert journal.cut_short == 0
            await site.append([event for post in EVERYWHERE for event in likes(post, BETWEEN)])
            guest.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(guest.wait(), patient(WITHIN_S)) == 0
        places = await site.append([event for post in EVERYWHERE for event in likes(post, BETWEEN)])
        await site.drained(places)
    assert_everything_once(site, places)


async def test_positions_beyond_the_end_of_the_log_end_the_process(site: FaustSite) -> None:
    await site.positions.advance(RECORDER, Position(ENGAGEMENT, 0, 7), "ev_from_another_log")
    async with worker(site, "lost") as lost:
        assert await asyncio.wait_for(lost.wait(), patient(WITHIN_S)) == BROKEN
