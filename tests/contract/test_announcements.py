"""The contract of the Announcements port: what an instance said last of each slot can be found by everybody."""

import asyncio

from commands.ports import Announcement, Announcements, Instance
from tests.contract.fixtures_write import EVERY_LEDGER, WriteSide, a_stream, unique

pytestmark = EVERY_LEDGER


async def names_at_work(announcements: Announcements) -> list[str]:
    return [instance.name for instance in await announcements.at_work()]


async def test_an_instance_is_at_work_once_it_has_registered(write_side: WriteSide) -> None:
    one, other = unique("instance"), unique("instance")
    await write_side.announcements.register(one)
    await write_side.announcements.register(one)
    others = write_side.restarted().announcements
    assert (await names_at_work(others)).count(one) == 1
    assert other not in await names_at_work(others)
    assert await others.is_at_work(one)
    assert not await others.is_at_work(other)


async def test_an_instance_that_is_retired_is_known_and_what_it_said_stands(write_side: WriteSide) -> None:
    instance, announcements = unique("instance"), write_side.announcements
    await announcements.register(instance)
    said = Announcement(0, a_stream(), 1, revision=1)
    await announcements.announce(instance, [said])
    await announcements.retire(await registration(announcements, instance))
    assert instance not in await names_at_work(announcements)
    assert not await write_side.restarted().announcements.is_at_work(instance)
    assert instance in await announcements.known("", 100_000)
    later = Announcement(1, a_stream(), 1, revision=2)
    await announcements.announce(instance, [later])
    assert await announcements.announced(instance) == [said, later]


async def test_who_registers_again_is_at_work_again_and_an_older_retirement_changes_nothing(
    write_side: WriteSide,
) -> None:
    instance, announcements = unique("instance"), write_side.announcements
    await announcements.register(instance)
    first = await registration(announcements, instance)
    await announcements.retire(first)
    await announcements.register(instance)
    second = await registration(announcements, instance)
    assert second.turn > first.turn
    await announcements.retire(first)
    assert await announcements.is_at_work(instance)
    await announcements.retire(second)
    await announcements.retire(second)
    assert not await announcements.is_at_work(instance)


async def test_the_known_come_page_by_page_each_once(write_side: WriteSide) -> None:
    mine = sorted([unique("instance") for _ in range(7)])
    for instance in reversed(mine):
        await write_side.announcements.register(instance)
    found, page, after = list[str](), [""], ""
    while page:
        page = await write_side.announcements.known(after, 3)
        assert len(page) <= 3
        found += page
        after = page[-1] if page else ""
    assert [name for name in found if name in mine] == mine
    assert len(found) == len(set(found))


async def registration(announcements: Announcements, instance: str) -> Instance:
    (found,) = [one for one in await announcements.at_work() if one.name == instance]
    return found


async def test_an_instance_that_announced_nothing_has_no_slots(write_side: WriteSide) -> None:
    assert await write_side.announcements.announced(unique("instance")) == []


async def test_what_was_announced_is_found_by_others_slot_by_slot(write_side: WriteSide) -> None:
    instance = unique("instance")
    said = [Announcement(slot, a_stream(), 3 + slot, revision=1 + slot) for slot in range(12)]
    await asyncio.gather(*(write_side.announcements.announce(instance, [one]) for one in reversed(said)))
    assert await write_side.restarted().announcements.announced(instance) == said


async def test_many_announcements_are_written_as_one(write_side: WriteSide) -> None:
    instance = unique("instance")
    said = [Announcement(slot, a_stream(), 1, revision=1 + slot) for slot in range(130)]
    await write_side.announcements.announce(instance, said)
    assert await write_side.announcements.announced(instance) == said


async def test_a_slot_is_written_again_and_its_newest_revision_stands(write_side: WriteSide) -> None:
    instance, announcements = unique("instance"), write_side.announcements
    older, newer, newest = (Announcement(0, a_stream(), 1, revision) for revision in (4, 5, 9))
    await announcements.announce(instance, [newer])
    await announcements.announce(instance, [older])
    assert await announcements.announced(instance) == [newer]
    await announcements.announce(instance, [newest])
    assert await announcements.announced(instance) == [newest]


async def test_instances_do_not_see_each_others_slots(write_side: WriteSide) -> None:
    one, other = unique("instance"), unique("instance")
    mine, yours = Announcement(0, a_stream(), 1, 1), Announcement(0, a_stream(), 2, 1)
    await write_side.announcements.announce(one, [mine])
    await write_side.announcements.announce(other, [yours])
    assert await write_side.announcements.announced(one) == [mine]
    assert await write_side.announcements.announced(other) == [yours]
