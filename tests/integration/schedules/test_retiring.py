"""Instances that have finished are retired: a pass costs what is unfinished, and nothing that is left is lost."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from commands import announcing
from commands.accounts import ChangeProfile, account_stream
from commands.ports import Announcement, Mark
from commands.streams import Streams
from commands.tally import Tally
from infra.cql.address import CqlServers
from infra.cql.schema import create_schema
from infra.cql.session import CqlSession
from processors import reconciler
from processors.reconciler import OFTEN, RETIRED_AT_ONCE, SELDOM, Reconciler
from schemas.errors import Unavailable
from schemas.positions import POSTS, Position
from tests.contract.cql_keyspace import own_keyspace
from tests.contract.fixtures_write import a_stream, unique
from tests.integration.schedules.counted import CountedPort
from tests.integration.schedules.fate import (
    Fate,
    Gate,
    Killed,
    dies_before,
    is_refused,
    lands_later,
    loses_the_answer,
    pauses_after,
    pauses_before,
)
from tests.integration.schedules.write_judge import assert_sound
from tests.integration.schedules.write_processes import FORMS, WriteSite, write_site

DEAD = {"sqlite": 5_000, "cluster": 300}
QUIET = 3


@pytest.fixture(scope="module")
def cql(cql_servers: CqlServers) -> Iterator[CqlSession]:
    """A keyspace where no other test's instances are at work, or retired."""
    with own_keyspace(cql_servers, create_schema) as session:
        yield session


@pytest.fixture(params=FORMS)
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[WriteSite]:
    async with write_site(request, tmp_path) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _retired_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciler, "QUIET", QUIET)


async def a_round(site: WriteSite) -> int:
    """So many passes that each retired instance is looked at, and what is found there is finished."""
    known = await site.stores.announcements.known("", 100_000)
    return await site.reconciled(len(known) // RETIRED_AT_ONCE + 4)


async def test_a_pass_costs_what_is_unfinished_however_many_processes_have_gone(
    site: WriteSite, request: pytest.FixtureRequest
) -> None:
    announcements, ledger, stream = site.stores.announcements, site.stores.ledger, a_stream()
    await ledger.move_mark(stream, Mark(1, Position(POSTS, 0, 0)))
    dead = [unique("instance") for _ in range(DEAD[request.node.callspec.params["site"]])]
    for instance in dead:
        await announcements.register(instance)
        await announcements.announce(instance, [Announcement(0, stream, 1, 1)])
    asked: Counter[str] = Counter()
    said: Any = CountedPort(announcements, asked, Counter())
    marks: Any = CountedPort(ledger, asked, Counter())
    counted = Reconciler(said, Streams(marks, site.stores.log, Tally()))
    for _ in range(QUIET):
        await counted.once()
    assert asked["retire"] >= len(dead)
    bound = 2 + 2 * RETIRED_AT_ONCE
    asked.clear()
    await counted.once()
    assert asked.total() <= bound
    another = Reconciler(said, Streams(marks, site.stores.log, Tally()))
    asked.clear()
    await another.once()
    assert asked.total() <= bound, "one that has just started finds no more"


async def test_what_is_announced_and_not_covered_is_never_retired(site: WriteSite) -> None:
    ann, instance, gate = await site.account(), unique("instance"), Gate()
    dying = site.process(instance, Fate().at("insert", lands_later(gate, dies=True)))
    with pytest.raises(Killed):
        await dying.does(ChangeProfile(ann, None, "landed"), "landed")
    assert await site.reconciled(OFTEN + SELDOM) == 0
    assert await site.stores.announcements.is_at_work(instance)
    gate.open()
    await dying.fate.landed()
    assert await site.reconciled(SELDOM) == 1
    await assert_sound(site, [account_stream(ann)], {})


async def test_a_process_that_was_retired_while_it_was_idle_is_at_work_again_with_its_next_command(
    site: WriteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "KNOWN_S", 0.0)
    ann, instance = await site.account(), unique("instance")
    process = site.process(instance)
    await process.does(ChangeProfile(ann, None, "first"), "first")
    await site.reconciled(QUIET)
    assert not await site.stores.announcements.is_at_work(instance)
    process.fate.at("append", dies_before)
    with pytest.raises(Killed):
        await process.does(ChangeProfile(ann, None, "left"), "left")
    assert await site.reconciled(2) == 1
    await assert_sound(site, [account_stream(ann)], {})


async def test_a_process_that_sleeps_before_it_announces_is_found_although_it_was_retired_meanwhile(
    site: WriteSite,
) -> None:
    ann, instance, gate = await site.account(), unique("instance"), Gate()
    process = site.process(instance)
    await process.does(ChangeProfile(ann, None, "first"), "first")
    process.fate.at("announce", pauses_before(gate)).at("append", dies_before)
    sleeping = asyncio.create_task(process.does(ChangeProfile(ann, None, "left"), "left"))
    await gate.reached.wait()
    await site.reconciled(QUIET)
    assert not await site.stores.announcements.is_at_work(instance)
    gate.open()
    with pytest.raises(Killed):
        await sleeping
    assert await a_round(site) == 1
    await assert_sound(site, [account_stream(ann)], {})


async def test_an_announcement_that_lands_while_its_instance_is_retired_keeps_it_at_work(site: WriteSite) -> None:
    ann, instance, gate = await site.account(), unique("instance"), Gate()
    process = site.process(instance)
    await process.does(ChangeProfile(ann, None, "first"), "first")
    slow = site.process(fate=Fate()).reconciler
    for _ in range(QUIET - 1):
        await slow.once()
    fate = Fate().at("announced", pauses_after(gate))
    slow.announcements = site.process(fate=fate).reconciler.announcements
    passing = asyncio.create_task(slow.once())
    await gate.reached.wait()
    process.fate.at("append", dies_before)
    with pytest.raises(Killed):
        await process.does(ChangeProfile(ann, None, "left"), "left")
    gate.open()
    await passing
    assert await site.stores.announcements.is_at_work(instance)
    assert await site.reconciled(2) == 1


async def test_a_process_that_registers_again_is_not_retired_by_a_pass_that_slept(site: WriteSite) -> None:
    ann, instance, gate = await site.account(), unique("instance"), Gate()
    await site.process(instance).does(ChangeProfile(ann, None, "first"), "first")
    sleeper = site.process(fate=Fate().at("retire", pauses_before(gate), pauses_before(gate)))
    passes = asyncio.create_task(several(sleeper.reconciler, QUIET))
    await gate.reached.wait()
    await site.reconciled(QUIET)
    await site.stores.announcements.register(instance)
    gate.open()
    await passes
    assert await site.stores.announcements.is_at_work(instance)


async def several(one: Reconciler, passes: int) -> None:
    for _ in range(passes):
        await one.once()


async def test_stores_that_are_away_while_instances_are_retired_cost_a_pass(site: WriteSite) -> None:
    ann, instance = await site.account(), unique("instance")
    await site.process(instance).does(ChangeProfile(ann, None, "first"), "first")
    process = site.process(fate=Fate().at("retire", is_refused, loses_the_answer))
    for _ in range(QUIET - 1):
        await process.reconciler.once()
    for _ in range(2):
        with pytest.raises(Unavailable):
            await process.reconciler.once()
    await several(process.reconciler, QUIET)
    assert not await site.stores.announcements.is_at_work(instance)
