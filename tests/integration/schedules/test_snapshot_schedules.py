"""Long streams are folded from snapshots: whoever dies or lags between which steps, the state is that of all rows."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from commands.accounts import ChangeProfile, account_stream
from commands.all import AGGREGATES
from commands.releases import release_of
from commands.snapshots import Reached
from events.personal import REDACTED
from schemas.errors import TokenInvalid, Unavailable
from schemas.ids import AccountId, CommandId, EventId
from tests.contract.fixtures_write import unique
from tests.integration.schedules.fate import (
    Fate,
    Fault,
    Gate,
    Killed,
    dies_after,
    dies_before,
    is_refused,
    lands_later,
    loses_the_answer,
    pauses_after,
)
from tests.integration.schedules.releases import OTHER_RELEASE
from tests.integration.schedules.write_judge import assert_sound, assert_states, in_log
from tests.integration.schedules.write_processes import FORMS, Process, WriteSite, write_site

SHORT = {"newest": 4, "every": 2}
NOW = release_of(AGGREGATES["account"])


@pytest.fixture(params=FORMS)
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[WriteSite]:
    async with write_site(request, tmp_path) as opened:
        opened.states = SHORT
        yield opened


async def changed(site: WriteSite, account: AccountId, times: int, process: Process | None = None) -> None:
    """Changes a bio, so that a stream gets long."""
    process = process or site.process()
    for _ in range(times):
        await process.does(ChangeProfile(account, None, unique("bio")), unique("cm"))


async def assert_all_is_well(site: WriteSite, account: AccountId) -> None:
    await site.reconciled()
    await assert_sound(site, [account_stream(account)], {})
    for release in (AGGREGATES, OTHER_RELEASE):
        await assert_states(site, [account_stream(account)], release, {})


async def test_a_long_stream_has_a_snapshot_that_is_never_above_its_mark(site: WriteSite) -> None:
    ann = await site.account()
    stream, ledger = account_stream(ann), site.stores.ledger
    for length in range(2, 12):
        await changed(site, ann, 1)
        snapshot, mark = await ledger.snapshot(stream, NOW), await ledger.mark(stream)
        assert mark is not None
        assert mark.version == length
        assert (snapshot.version if snapshot else 0) == (0 if length < 4 else length // 2 * 2)
    await assert_all_is_well(site, ann)


@pytest.mark.parametrize("step", ["announce", "insert", "append", "move_mark", "keep_snapshot"])
@pytest.mark.parametrize("fault", [dies_before, dies_after, is_refused, loses_the_answer])
async def test_whatever_befalls_whoever_keeps_a_snapshot_the_state_is_right(
    site: WriteSite, step: str, fault: Fault
) -> None:
    ann = await site.account()
    await changed(site, ann, 8)
    process = site.process(fate=Fate().at(step, fault))
    last = ChangeProfile(ann, None, "the tenth version")
    try:
        await process.does(last, "last")
    except (Killed, Unavailable):
        assert step != "keep_snapshot" or fault in (dies_before, dies_after), "a snapshot is nobody's business"
    told = await site.process().does(last, "last")
    assert [event.version for event in told.events] == [10]
    assert told.state.bio == "the tenth version"
    await changed(site, ann, 5)
    await assert_all_is_well(site, ann)


async def test_a_snapshot_above_the_mark_hides_nothing_that_is_not_in_the_log(site: WriteSite) -> None:
    ann = await site.account()
    stream = account_stream(ann)
    await changed(site, ann, 9)
    dying = site.process(fate=Fate().at("append", dies_before))
    with pytest.raises(Killed):
        await dying.does(ChangeProfile(ann, None, "left"), "left")
    other = site.process()
    (row,) = await site.stores.ledger.newest(stream, 1)
    (event,) = await other.handler.sealing.opened([row])
    reached = Reached(row.version, row.event_id, await other.handler.states.look(stream))
    await other.handler.states.snapshots.keep(AGGREGATES["account"], stream, reached, event.subject)
    mark = await site.stores.ledger.mark(stream)
    assert mark is not None
    assert mark.version == row.version - 1, "the snapshot is above it"
    told = await site.process().does(ChangeProfile(ann, None, "next"), "next")
    assert [event.version for event in told.events] == [row.version + 1]
    assert [entry.version for entry in await in_log(site, stream)] == list(range(1, row.version + 2))
    await assert_all_is_well(site, ann)


async def test_everything_above_the_mark_is_appended_also_what_lies_below_the_newest_rows(site: WriteSite) -> None:
    ann, process = await site.account(), site.process()
    stream = account_stream(ann)
    await changed(site, ann, 5)
    (last,) = await process.handler.sealing.opened(await site.stores.ledger.newest(stream, 1))
    above = [
        replace(last, id=EventId(unique("ev")), version=6 + more, causation=CommandId(unique("cm")))
        for more in range(1, 9)
    ]
    assert await site.stores.ledger.insert(await process.handler.sealing.sealed(above))
    told = await process.does(ChangeProfile(ann, None, "next"), "next")
    assert [event.version for event in told.events] == [15]
    assert [entry.version for entry in await in_log(site, stream)] == list(range(1, 16))
    await assert_all_is_well(site, ann)


async def test_a_snapshot_that_lands_late_replaces_no_newer_one(site: WriteSite) -> None:
    ann, gate = await site.account(), Gate()
    await changed(site, ann, 4)
    slow = site.process(fate=Fate().at("keep_snapshot", lands_later(gate)))
    await changed(site, ann, 1, slow)
    await changed(site, ann, 6)
    gate.open()
    await slow.fate.landed()
    snapshot = await site.stores.ledger.snapshot(account_stream(ann), NOW)
    assert snapshot is not None
    assert snapshot.version == 12
    await assert_all_is_well(site, ann)


async def test_a_snapshot_that_others_keep_while_a_stream_is_read_is_not_mixed_with_older_rows(site: WriteSite) -> None:
    ann, gate = await site.account(), Gate()
    await changed(site, ann, 6)
    reader = site.process(fate=Fate().at("newest", pauses_after(gate)))
    reading = asyncio.create_task(reader.does(ChangeProfile(ann, None, "slow"), "slow"))
    await gate.reached.wait()
    await changed(site, ann, 9)
    gate.open()
    told = await reading
    assert told.state.bio == "slow"
    assert "load" not in reader.fate.taken, "the newest rows are read again, and no others"
    assert [event.version for event in told.events] == [17]
    await assert_all_is_well(site, ann)


async def test_a_command_that_is_retried_when_its_row_lies_below_a_snapshot_adds_nothing(site: WriteSite) -> None:
    ann = await site.account()
    first = await site.process().does(ChangeProfile(ann, None, "first"), "first")
    for length in range(1, 14):
        await changed(site, ann, 1)
        again = await site.process().does(ChangeProfile(ann, None, "first"), "first")
        assert again.events == first.events
        assert again.state.bio != "first"
        assert len(await site.stores.ledger.load(account_stream(ann))) == 2 + length
    await assert_all_is_well(site, ann)


async def test_two_releases_side_by_side_each_fold_for_themselves(site: WriteSite) -> None:
    ann = await site.account()
    old, new = site.process(), site.process(aggregates=OTHER_RELEASE)
    for number in range(8):
        for process, said in ((old, f"said {number}"), (new, f"SAID {number}")):
            told = await process.does(ChangeProfile(ann, None, f"said {number}"), unique("cm"))
            assert told.state.bio == said
    snapshots = [
        await site.stores.ledger.snapshot(account_stream(ann), release_of(one["account"]))
        for one in (AGGREGATES, OTHER_RELEASE)
    ]
    assert all(snapshots), "each keeps its own"
    await assert_all_is_well(site, ann)


async def test_a_stream_without_a_snapshot_of_this_release_is_read_whole_once(site: WriteSite) -> None:
    ann = await site.account()
    await changed(site, ann, 20)
    for expected in (True, False):
        fate = Fate()
        state = await site.process(fate=fate, aggregates=OTHER_RELEASE).handler.states.look(account_stream(ann))
        assert state.bio.isupper()
        assert ("load" in fate.taken) is expected


async def test_without_the_key_a_snapshot_is_none_and_answers_are_those_of_all_rows(site: WriteSite) -> None:
    ann = await site.account()
    stream = account_stream(ann)
    await changed(site, ann, 12)
    snapshot = await site.stores.ledger.snapshot(stream, NOW)
    assert snapshot is not None
    assert snapshot.subject == ann
    await site.stores.vault.destroy_key(ann)
    for newest in (4, 100):
        process = site.process(newest=newest)
        state = await process.handler.state(stream)
        assert (state.id, state.bio, state.username) == (ann, REDACTED, REDACTED)
        with pytest.raises(TokenInvalid):
            await process.does(ChangeProfile(ann, None, "late"), unique("cm"))
    assert await site.stores.ledger.snapshot(stream, NOW) == snapshot, "nothing is kept without a key"
    await assert_sound(site, [stream], {})
