"""Commands that are decided and written together: as if one after the other, also if the process dies at any step."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.bulk import Bulk, Said
from commands.follows import FollowAccount, follow_stream
from commands.handling import Cause
from schemas.ids import AccountId, CommandId
from schemas.positions import FOLLOWS
from tests.contract.fixtures_write import unique
from tests.integration.schedules.fate import Fate, Fault, Killed, dies_after, dies_before
from tests.integration.schedules.write_processes import WriteSite, sqlite_site
from tests.partitions import PARTITIONS

STEPS = ("unwritten", "announce", "insert_each", "append", "move_marks")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WriteSite]:
    with sqlite_site(tmp_path) as opened:
        yield opened


def said(follower: AccountId, followee: AccountId) -> Said:
    name = follow_stream(follower, followee)
    return FollowAccount(follower, followee), Cause(CommandId(name), name)


async def logged(site: WriteSite) -> dict[str, list[str]]:
    """Event ids by stream, as the log has them."""
    found: dict[str, list[str]] = {}
    for partition in range(PARTITIONS):
        for entry in await site.stores.log.read(FOLLOWS, partition, 0, 1_000):
            found.setdefault(entry.stream, []).append(entry.event_id)
    return found


async def test_each_step_is_taken_once_for_all_of_them(site: WriteSite) -> None:
    ann, *others = [await site.account() for _ in range(9)]
    process = site.process()
    assert await Bulk(process.handler).written([said(one, ann) for one in others]) == [1] * 8
    assert {step: process.fate.taken.count(step) for step in STEPS} == dict.fromkeys(STEPS, 1)
    for one in others:
        again = await process.handler.handle(*said(one, ann))
        assert [event.id for event in again.events] == (await logged(site))[follow_stream(one, ann)]
        assert len(again.positions) == 1


async def test_what_is_refused_or_was_written_before_is_left_to_the_handler(site: WriteSite) -> None:
    ann, ben, eve = [await site.account() for _ in range(3)]
    nobody = AccountId("ac_0000000none")
    process = site.process()
    await process.handler.handle(*said(ann, ben))
    before = await logged(site)
    asked = [said(ann, ben), said(ann, ann), said(ann, nobody), said(nobody, ann), said(eve, ann)]
    assert await Bulk(process.handler).written(asked) == [0, 0, 0, 0, 1]
    assert set(await logged(site)) == {*before, follow_stream(eve, ann)}


async def test_of_two_who_write_the_same_at_once_one_has_decided_it(site: WriteSite) -> None:
    ann, ben, eve = [await site.account() for _ in range(3)]
    first, second = site.process(), site.process()

    async def overtaken(_fate: Fate, call: object) -> object:
        assert await Bulk(second.handler).written([said(ben, ann)]) == [1]
        return await call()  # type: ignore[operator]

    first.fate.at("insert_each", overtaken)
    assert await Bulk(first.handler).written([said(ben, ann), said(eve, ann)]) == [0, 1]
    assert {stream: len(ids) for stream, ids in (await logged(site)).items()} == {
        follow_stream(ben, ann): 1,
        follow_stream(eve, ann): 1,
    }


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("dies", [dies_before, dies_after])
async def test_whoever_repeats_what_was_cut_short_finds_or_finishes_it(site: WriteSite, step: str, dies: Fault) -> None:
    ann, *others = [await site.account() for _ in range(4)]
    asked = [said(one, ann) for one in others]
    with pytest.raises(Killed):
        await Bulk(site.process(unique("instance"), Fate().at(step, dies)).handler).written(asked)
    await site.reconciled()
    process = site.process()
    added = await Bulk(process.handler).written(asked)
    for one, pair in zip(added, asked, strict=True):
        assert one == 1 or (await process.handler.handle(*pair)).positions
    found = await logged(site)
    for command, _ in asked:
        (row,) = await site.stores.ledger.load(command.stream)
        assert set(found[command.stream]) == {row.event_id}
        mark = await site.stores.ledger.mark(command.stream)
        assert mark is not None
        assert mark.version == 1
