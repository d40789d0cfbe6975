"""What a crash left unfinished begins alone, so that whatever takes a process along is known; nothing else does."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from commands.invariants import BROKEN, BrokenInvariant
from processors.attempts import ATTEMPTS
from processors.log_driver import LogDriver
from schemas.positions import Position
from tests.integration.runtime.reactor import REACTOR, Reactor, opened_at
from tests.integration.runtime.recorder import HERE, likes
from tests.integration.schedules.fate import Fate, Gate
from tests.integration.stores import KEPT, Site, drained, open_site, opened_site, running
from tests.pace import patient


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    with opened_site(tmp_path, [REACTOR]) as opened:
        yield opened


async def left_unfinished(site: Site, unfinished: int) -> list[Position]:
    """A process ended during the first so many of four reactions."""
    reactor, gate = Reactor(), Gate()
    reactor.befalls = dict.fromkeys(range(unfinished), gate)
    places = await site.append(*likes(HERE, 4))
    async with running(site, reactor, reactor.appliers):
        await reactor.has(done=4 - unfinished)
    return places


async def test_what_begins_alone_and_fails_is_tried_again_beside_the_others(site: Site) -> None:
    places, gate = await left_unfinished(site, 1), Gate()
    tries = 0

    async def fails_at_first() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise ConnectionError
        await gate()

    after = Reactor({0: fails_at_first})
    async with running(site, after, after.appliers) as runtime:
        await after.has(done=3)
        assert runtime.retries == 1, "what failed is said"
        assert sorted(after.done) == [1, 2, 3]
        gate.open()
        await drained(site, after, [places[-1]])


async def test_an_attempt_counts_as_cut_short_only_if_the_process_died_while_it_was_alone(site: Site) -> None:
    (place,) = await site.append(*likes(HERE, 1))
    told = []
    for ends_well in (False, True, False, False):
        reactor, fate = Reactor({0: Gate()}), Fate()
        reading = await opened_at(site, reactor, place, fate)
        await reactor.has(begun=1)
        told.append(reactor.cut_short[0])
        if not ends_well:
            fate.kill()
        await reading.close(0)
    assert told == [0, 0, 0, 1], "the first was not alone, the second was let go"


async def test_who_is_not_sure_of_its_partitions_at_first_begins_alone_all_the_same(site: Site) -> None:
    places, gate, answers = await left_unfinished(site, 2), Gate(), iter([False, False])
    reactor = Reactor({0: gate})
    async with running(site, reactor, reactor.appliers) as runtime:
        runtime.may_react = lambda: next(answers, True)
        await reactor.has(begun=1)
        (attempt,) = await site.tables.slice(ATTEMPTS, (REACTOR, places[0].topic, places[0].partition), 10)
        assert (attempt["log_offset"], attempt["cut_short"]) == (0, 1), "known, if it takes the process along"
        gate.open()
        await drained(site, reactor, [places[-1]])


async def test_what_cannot_be_true_ends_the_process_the_first_time(site: Site, tmp_path: Path) -> None:
    await left_unfinished(site, 1)
    process = multiprocessing.get_context("spawn").Process(target=meets_it_once, args=(tmp_path,))
    process.start()
    await asyncio.to_thread(process.join)
    assert process.exitcode == BROKEN


def meets_it_once(folder: Path) -> None:
    """A process of its own, whose first reaction breaks an invariant, and no other does."""

    async def run() -> None:
        site, met = open_site(folder, [REACTOR]), False

        async def breaks_once() -> None:
            nonlocal met
            if not met:
                met = True
                raise BrokenInvariant

        await site.tables.create(KEPT)
        reactor = Reactor({0: breaks_once})
        async with asyncio.timeout(patient(5)):
            await LogDriver(site.runtime(reactor, appliers=reactor.appliers)).run()

    asyncio.run(run())
