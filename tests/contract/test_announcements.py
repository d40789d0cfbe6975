"""The contract of the Announcements port: what an instance said last of each slot can be found by everybody."""

import asyncio

from commands.ports import Announcement
from tests.contract.fixtures_write import EVERY_LEDGER, WriteSide, a_stream, unique

pytestmark = EVERY_LEDGER


async def test_an_instance_is_known_once_it_has_registered(write_side: WriteSide) -> None:
    one, other = unique("instance"), unique("instance")
    await write_side.announcements.register(one)
    await write_side.announcements.register(one)
    known = await write_side.restarted().announcements.instances()
    assert known.count(one) == 1
    assert other not in known


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
