"""The slots of an announcer: reused once they cannot matter any more, and never before. On the real ledger."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.accounts import ChangeProfile
from commands.announcing import LOOK_EVERY
from commands.ports import Announcement
from schemas.errors import Unavailable
from schemas.ids import AccountId
from tests.contract.fixtures_write import unique
from tests.integration.schedules.fate import (
    Fate,
    Gate,
    Killed,
    is_refused,
    lands_later,
    loses_the_answer,
    pauses_before,
)
from tests.integration.schedules.write_processes import Process, WriteSite, sqlite_site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WriteSite]:
    with sqlite_site(tmp_path) as opened:
        yield opened


async def slots(site: WriteSite, instance: str) -> list[Announcement]:
    return await site.stores.announcements.announced(instance)


async def many(process: Process, account: AccountId, count: int = 2 * LOOK_EVERY) -> None:
    """So many commands that slots in doubt are looked at."""
    for _ in range(count):
        await process.does(ChangeProfile(account, None, unique("bio")), unique("cm"))


async def test_one_command_after_the_other_uses_one_slot(site: WriteSite) -> None:
    ann, instance = await site.account(), unique("instance")
    process = site.process(instance)
    await many(process, ann)
    assert [(one.slot, one.revision) for one in await slots(site, instance)] == [(0, 2 * LOOK_EVERY)]


async def test_commands_at_once_use_a_slot_each(site: WriteSite) -> None:
    accounts, instance = [await site.account() for _ in range(8)], unique("instance")
    gates = [Gate() for _ in accounts]
    process = site.process(instance, Fate().at("insert", *map(pauses_before, gates)))
    working = [asyncio.create_task(process.does(ChangeProfile(one, None, "x"), unique("cm"))) for one in accounts]
    for gate in gates:
        await gate.reached.wait()
    for gate in gates:
        gate.open()
    await asyncio.gather(*working)
    assert {one.slot for one in await slots(site, instance)} == set(range(8))
    await many(process, accounts[0])
    assert len(await slots(site, instance)) == 8, "no further slot was needed"


async def test_a_doubtful_slot_is_not_reused_before_the_mark_covers_it(site: WriteSite) -> None:
    ann, ben, instance, gate = await site.account(), await site.account(), unique("instance"), Gate()
    process = site.process(instance, Fate().at("insert", lands_later(gate)))
    with pytest.raises(Unavailable):
        await process.does(ChangeProfile(ann, None, "doubtful"), "doubtful")
    (doubtful,) = await slots(site, instance)
    await many(process, ben)
    assert doubtful in await slots(site, instance)
    assert process.handler.announcer.in_doubt == 1
    gate.open()
    await process.fate.landed()
    await many(process, ben)
    assert doubtful in await slots(site, instance), "it has landed, but is not in the log"
    assert await site.reconciled() == 1
    await many(process, ben)
    assert process.handler.announcer.in_doubt == 0
    assert doubtful not in await slots(site, instance)


async def test_an_announcement_that_failed_leaves_its_slot_to_the_next_and_nothing_is_inserted(site: WriteSite) -> None:
    ann, instance = await site.account(), unique("instance")
    process = site.process(instance, Fate().at("announce", is_refused, loses_the_answer))
    for _ in range(2):
        with pytest.raises(Unavailable):
            await process.does(ChangeProfile(ann, None, "x"), "x")
    assert "insert" not in process.fate.taken[process.fate.taken.index("announce") :]
    await process.does(ChangeProfile(ann, None, "x"), "x")
    assert [(one.slot, one.revision) for one in await slots(site, instance)] == [(0, 3)]
    assert process.handler.announcer.in_doubt == 0


async def test_an_announcement_that_lands_late_does_not_hide_the_one_after_it(site: WriteSite) -> None:
    ann, ben, instance, gate = await site.account(), await site.account(), unique("instance"), Gate()
    process = site.process(instance, Fate().at("announce", lands_later(gate)).at("append", loses_the_answer))
    with pytest.raises(Unavailable):
        await process.does(ChangeProfile(ann, None, "never"), "never")
    with pytest.raises(Unavailable):
        await process.does(ChangeProfile(ben, None, "left"), "left")
    gate.open()
    await process.fate.landed()
    assert await site.reconciled() == 1


async def test_an_instance_that_is_started_again_goes_on_above_what_it_left_and_doubts_all_of_it(
    site: WriteSite,
) -> None:
    ann, ben, instance, gate = await site.account(), await site.account(), unique("instance"), Gate()
    before = site.process(instance, Fate().at("insert", lands_later(gate, dies=True)))
    with pytest.raises(Killed):
        await before.does(ChangeProfile(ann, None, "late"), "late")
    (left,) = await slots(site, instance)
    again = site.process(instance)
    await again.does(ChangeProfile(ben, None, "first"), "first")
    assert again.handler.announcer.in_doubt == 1
    (standing, new) = await slots(site, instance)
    assert standing == left
    assert (new.slot, new.revision) == (left.slot + 1, left.revision + 1)
    gate.open()
    await before.fate.landed()
    assert await site.reconciled() == 1, "what was left under the instance's name is found under it"


async def test_a_store_that_is_away_while_slots_are_looked_at_loses_no_slot(site: WriteSite) -> None:
    ann, ben, instance = await site.account(), await site.account(), unique("instance")
    process = site.process(instance, Fate().at("append", loses_the_answer))
    with pytest.raises(Unavailable):
        await process.does(ChangeProfile(ann, None, "left"), "left")
    await many(process, ben, LOOK_EVERY - 1)
    assert process.handler.announcer.in_doubt == 1
    process.fate.at("mark", *[is_refused] * 3)
    refused = await asyncio.gather(
        *(process.does(ChangeProfile(ben, None, unique("bio")), unique("cm")) for _ in range(3)), return_exceptions=True
    )
    assert any(isinstance(one, Unavailable) for one in refused)
    assert process.handler.announcer.in_doubt == 1
    await site.reconciled()
    await many(process, ben)
    assert process.handler.announcer.in_doubt == 0
