"""The contract of the Ledger port, long streams: their ends, their snapshots, and any command's rows in them."""

import asyncio
from dataclasses import replace

from commands.ports import Ledger, LedgerRow, Snapshot
from schemas.ids import CommandId
from tests.contract.fixtures_write import EVERY_LEDGER, WriteSide, a_stream, decided, unique

pytestmark = EVERY_LEDGER


async def long_stream(ledger: Ledger, versions: int = 150) -> list[LedgerRow]:
    rows = decided(a_stream(), *range(1, versions + 1))
    for start in range(0, versions, 50):
        assert await ledger.insert(rows[start : start + 50])
    return rows


def of(row: LedgerRow, release: str = "1.a", sealed: str = "sealed") -> Snapshot:
    return Snapshot(row.stream, release, row.version, row.event_id, "ac_1", sealed)


async def test_a_stream_is_loaded_from_any_version_on_and_so_many(ledger: Ledger) -> None:
    rows = await long_stream(ledger)
    assert await ledger.load(rows[0].stream, 140) == rows[140:]
    assert await ledger.load(rows[0].stream, 3, 5) == rows[3:8]
    assert await ledger.load(rows[0].stream, 150) == []


async def test_the_newest_versions_come_in_order(ledger: Ledger) -> None:
    rows = await long_stream(ledger, 12)
    assert await ledger.newest(rows[0].stream, 5) == rows[-5:]
    assert await ledger.newest(rows[0].stream, 20) == rows
    assert await ledger.newest(a_stream(), 20) == []


async def test_a_stream_has_no_snapshot_before_one_is_kept(ledger: Ledger) -> None:
    rows = await long_stream(ledger, 2)
    assert await ledger.snapshot(rows[0].stream, "1.a") is None


async def test_a_snapshot_is_found_by_others_and_an_older_one_changes_nothing(write_side: WriteSide) -> None:
    ledger = write_side.ledger
    rows = await long_stream(ledger)
    older, newer, newest = of(rows[15]), of(rows[47]), of(rows[149])
    await ledger.keep_snapshot(newer)
    await ledger.keep_snapshot(older)
    assert await write_side.restarted().ledger.snapshot(rows[0].stream, "1.a") == newer
    await ledger.keep_snapshot(newest)
    assert await ledger.snapshot(rows[0].stream, "1.a") == newest


async def test_each_release_has_a_snapshot_of_its_own(ledger: Ledger) -> None:
    rows = await long_stream(ledger)
    one, other = of(rows[99], "1.a"), of(rows[49], "2.a")
    await ledger.keep_snapshot(one)
    await ledger.keep_snapshot(other)
    assert await ledger.snapshot(rows[0].stream, "1.a") == one
    assert await ledger.snapshot(rows[0].stream, "2.a") == other
    assert await ledger.snapshot(rows[0].stream, "3.a") is None


async def test_snapshots_that_race_end_at_the_highest(ledger: Ledger) -> None:
    rows = await long_stream(ledger)
    await asyncio.gather(*(ledger.keep_snapshot(of(rows[place])) for place in (15, 99, 149, 47, 120)))
    assert await ledger.snapshot(rows[0].stream, "1.a") == of(rows[149])


async def test_a_command_is_found_wherever_in_the_stream_its_rows_are(write_side: WriteSide) -> None:
    ledger = write_side.ledger
    rows = await long_stream(ledger)
    for kept in (None, 15, 119, 149):
        if kept is not None:
            await ledger.keep_snapshot(of(rows[kept]))
        for place in (0, 15, 16, 17, 99, 119, 120, 149):
            found = await write_side.restarted().ledger.of_command(rows[0].stream, rows[place].command_id)
            assert found == [rows[place]], f"version {place + 1} with a snapshot at {kept}"
    assert await ledger.of_command(rows[0].stream, CommandId(unique("cm"))) == []
    assert await ledger.of_command(a_stream(), rows[3].command_id) == [], "commands of other streams are others'"


async def test_a_command_that_decided_several_versions_is_found_with_all_of_them(ledger: Ledger) -> None:
    rows = decided(a_stream(), *range(1, 61))
    several = [replace(row, command_id=rows[0].command_id) if row.version in (15, 18, 40) else row for row in rows]
    assert await ledger.insert(several)
    for kept in (None, 19, 59):
        if kept is not None:
            await ledger.keep_snapshot(of(several[kept]))
        found = await ledger.of_command(rows[0].stream, rows[0].command_id)
        assert [row.version for row in found] == [1, 15, 18, 40]
