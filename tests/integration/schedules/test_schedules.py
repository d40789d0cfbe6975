"""Schedules that broke earlier designs, each with the pause or the kill at its step; on SQLite and on the cluster."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from commands.accounts import ChangeProfile, account_stream
from commands.follows import FollowAccount, UnfollowAccount
from schemas.errors import Unavailable
from tests.contract.fixtures_write import unique
from tests.integration.schedules.fate import (
    Fate,
    Fault,
    Gate,
    Killed,
    dies_after,
    dies_before,
    lands_later,
    pauses_before,
)
from tests.integration.schedules.write_judge import assert_sound, in_log
from tests.integration.schedules.write_processes import FORMS, WriteSite, write_site

PASSES = 5
"""Of the reconciler, while somebody sleeps: more than the two that it needs, with its 2 s in between 10 s."""


@pytest.fixture(params=FORMS)
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[WriteSite]:
    async with write_site(request, tmp_path) as opened:
        yield opened


async def test_a_writer_that_sleeps_before_its_insert_is_neither_hurried_nor_forgotten(site: WriteSite) -> None:
    ann, gate = await site.account(), Gate()
    sleeper = site.process(fate=Fate().at("insert", pauses_before(gate)).at("append", dies_before))
    sleeping = asyncio.create_task(sleeper.does(ChangeProfile(ann, None, "late"), "late"))
    await gate.reached.wait()
    assert await site.reconciled(PASSES) == 0
    gate.open()
    with pytest.raises(Killed):
        await sleeping
    assert await site.reconciled() == 1
    assert await site.bio(ann) == "late"
    await assert_sound(site, [account_stream(ann)], {})


async def test_a_writer_that_sleeps_before_its_insert_decides_again_when_others_were_faster(site: WriteSite) -> None:
    ann, gate = await site.account(), Gate()
    sleeper, other = site.process(fate=Fate().at("insert", pauses_before(gate))), site.process()
    sleeping = asyncio.create_task(sleeper.does(ChangeProfile(ann, None, "late"), "late"))
    await gate.reached.wait()
    told = {name: await other.does(ChangeProfile(ann, None, name), name) for name in ("one", "two")}
    await site.reconciled(PASSES)
    gate.open()
    told["late"] = await sleeping
    assert [event.version for event in told["late"].events] == [4]
    await site.reconciled()
    await assert_sound(site, [account_stream(ann)], told)


@pytest.mark.parametrize("dies", [False, True], ids=["times out", "dies"])
async def test_an_insert_that_lands_after_everybody_has_looked_is_found_and_finished(
    site: WriteSite, dies: bool
) -> None:
    ann, gate = await site.account(), Gate()
    writer = site.process(fate=Fate().at("insert", lands_later(gate, dies)))
    with pytest.raises(Killed if dies else Unavailable):
        await writer.does(ChangeProfile(ann, None, "landed"), "landed")
    assert await site.reconciled(PASSES) == 0
    gate.open()
    await writer.fate.landed()
    assert await site.reconciled() == 1
    await assert_sound(site, [account_stream(ann)], {})
    told = {"landed": await site.process().does(ChangeProfile(ann, None, "landed"), "landed")}
    await assert_sound(site, [account_stream(ann)], told)


async def test_an_insert_that_lands_later_than_the_retry_of_its_command_is_refused(site: WriteSite) -> None:
    ann, gate = await site.account(), Gate()
    writer = site.process(fate=Fate().at("insert", lands_later(gate)))
    with pytest.raises(Unavailable):
        await writer.does(ChangeProfile(ann, None, "once"), "once")
    told = {"once": await site.process().does(ChangeProfile(ann, None, "once"), "once")}
    gate.open()
    await writer.fate.landed()
    await site.reconciled()
    assert len(await site.stores.ledger.load(account_stream(ann))) == 2
    await assert_sound(site, [account_stream(ann)], told)


async def test_a_loader_between_insert_and_append_finishes_what_it_finds_before_it_goes_on(site: WriteSite) -> None:
    ann, gate = await site.account(), Gate()
    slow, loader = site.process(fate=Fate().at("append", pauses_before(gate))), site.process()
    first = asyncio.create_task(slow.does(ChangeProfile(ann, None, "first"), "first"))
    await gate.reached.wait()
    told = {"second": await loader.does(ChangeProfile(ann, None, "second"), "second")}
    gate.open()
    told["first"] = await first
    assert [entry.version for entry in await in_log(site, account_stream(ann))] == [1, 2, 3, 2]
    await assert_sound(site, [account_stream(ann)], told)


async def test_a_reconciler_that_races_a_slow_producer_repeats_an_event_and_nothing_else(site: WriteSite) -> None:
    ann, slow, late = await site.account(), Gate(), Gate()
    producer = site.process(fate=Fate().at("append", pauses_before(slow)).at("move_mark", pauses_before(late)))
    producing = asyncio.create_task(producer.does(ChangeProfile(ann, None, "slow"), "slow"))
    await slow.reached.wait()
    assert await site.reconciled() == 1
    slow.open()
    await late.reached.wait()
    assert await site.reconciled() == 0, "a mark covers it"
    late.open()
    told = {"slow": await producing}
    assert [entry.version for entry in await in_log(site, account_stream(ann))] == [1, 2, 2]
    await assert_sound(site, [account_stream(ann)], told)


async def test_two_reconcilers_at_once_finish_the_same_without_harm(site: WriteSite) -> None:
    ann, gate = await site.account(), Gate()
    dying = site.process(fate=Fate().at("append", dies_before))
    with pytest.raises(Killed):
        await dying.does(ChangeProfile(ann, None, "left"), "left")
    slow, quick = site.process(fate=Fate().at("move_mark", pauses_before(gate))).reconciler, site.process().reconciler
    await slow.once()
    await quick.once()
    second = asyncio.create_task(slow.once())
    await gate.reached.wait()
    assert await quick.once() == 1
    gate.open()
    assert await second == 1
    assert [entry.version for entry in await in_log(site, account_stream(ann))] == [1, 2, 2]
    await assert_sound(site, [account_stream(ann)], {})


async def test_a_reconciler_finishes_what_was_left_although_its_announcer_is_alive_again(site: WriteSite) -> None:
    ann, ben, instance = await site.account(), await site.account(), unique("instance")
    dying = site.process(instance, Fate().at("append", dies_before))
    with pytest.raises(Killed):
        await dying.does(ChangeProfile(ann, None, "left"), "left")
    again = site.process(instance)
    told = {name: await again.does(ChangeProfile(ben, None, name), name) for name in map(str, range(40))}
    assert await site.reconciled() == 1
    await assert_sound(site, [account_stream(ann), account_stream(ben)], told)


@pytest.mark.parametrize("step", ["announce", "insert", "append", "move_mark"])
@pytest.mark.parametrize("death", [dies_before, dies_after])
async def test_a_killed_follow_that_is_retried_after_an_unfollow_does_not_follow_twice(
    site: WriteSite, step: str, death: Fault
) -> None:
    ann, ben = await site.account(), await site.account()
    follow, unfollow = FollowAccount(ben, ann), UnfollowAccount(ben, ann)
    dying = site.process(fate=Fate().at(step, death))
    with pytest.raises(Killed):
        await dying.does(follow, "follow")
    other = site.process()
    told = {"unfollow": await other.does(unfollow, "unfollow")}
    told["follow"] = await other.does(follow, "follow")
    stood = (step, death) not in [("announce", dies_before), ("announce", dies_after), ("insert", dies_before)]
    state = await other.handler.state(follow.stream)
    assert state.following is not stood, "what was done before the unfollow is not done again after it"
    await site.reconciled()
    if not stood:
        assert told.pop("unfollow").events == []
    await assert_sound(site, [follow.stream], told)
