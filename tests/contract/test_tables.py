"""What every adapter of Tables promises about writes: which of several to one row stands."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.ports import MAX_KEYS, Stored, Tables, Write
from schemas.tables import TEXT, Table
from tests.contract.fixtures_read import EVERY_TABLES
from tests.contract.fixtures_write import unique
from tests.drawn import SHARES_FIXTURES

pytestmark = EVERY_TABLES

NAMES = Table("suite_names", partition="name_id", columns={"name": TEXT})


@pytest.fixture(autouse=True)
async def created(tables: Tables) -> None:
    await tables.create([NAMES])


def a_name(name_id: str, number: int, name: str | None) -> Write:
    return Write(NAMES, (name_id,), number, {"name_id": name_id, "name": name})


async def name_of(tables: Tables, name_id: str) -> Any:
    row = (await tables.get(NAMES, [(name_id,)])).get((name_id,))
    return row and row["name"]


async def test_get_leaves_absent_rows_out(tables: Tables) -> None:
    there, never, deleted = unique("n"), unique("n"), unique("n")
    await tables.write([a_name(there, 1, "x"), Write(NAMES, (deleted,), 1, None)])
    assert await tables.get(NAMES, [(there,), (never,), (deleted,)]) == {(there,): {"name_id": there, "name": "x"}}


async def test_get_of_no_keys_is_nothing(tables: Tables) -> None:
    assert await tables.get(NAMES, []) == {}
    assert await tables.stamps(NAMES, []) == {}


async def test_get_takes_a_hundred_keys_and_refuses_more(tables: Tables) -> None:
    ids = [unique("n") for _ in range(MAX_KEYS + 1)]
    await tables.write([a_name(name_id, 1, name_id) for name_id in ids])
    assert len(await tables.get(NAMES, [(name_id,) for name_id in ids[:MAX_KEYS]])) == MAX_KEYS
    with pytest.raises(ValueError, match="101"):
        await tables.get(NAMES, [(name_id,) for name_id in ids])


async def test_stamps_take_any_number_of_keys(tables: Tables) -> None:
    ids = [unique("n") for _ in range(2 * MAX_KEYS + 1)]
    await tables.write([a_name(name_id, number, "x") for number, name_id in enumerate(ids, 1)])
    stamps = await tables.stamps(NAMES, [(name_id,) for name_id in ids])
    assert [stamps[name_id,].number for name_id in ids] == list(range(1, len(ids) + 1))


async def test_an_older_write_never_overwrites_a_newer_one(tables: Tables) -> None:
    name_id = unique("n")
    await tables.write([a_name(name_id, 5, "new")])
    await tables.write([a_name(name_id, 4, "old")])
    assert await name_of(tables, name_id) == "new"


async def test_of_equal_numbers_the_first_stands(tables: Tables) -> None:
    put, deleted = unique("n"), unique("n")
    await tables.write([a_name(put, 5, "first"), Write(NAMES, (deleted,), 5, None)])
    await tables.write([a_name(put, 5, "second"), a_name(deleted, 5, "second")])
    await tables.write([Write(NAMES, (put,), 5, None)])
    assert await name_of(tables, put) == "first"
    assert await name_of(tables, deleted) is None


async def test_of_equal_numbers_the_first_stands_even_if_its_values_are_smaller(tables: Tables) -> None:
    small, large = unique("n"), unique("n")
    await tables.write([a_name(small, 1, "a"), a_name(large, 1, "z")])
    await tables.write([a_name(small, 1, "z"), a_name(large, 1, "a")])
    assert (await name_of(tables, small), await name_of(tables, large)) == ("a", "z")


async def test_a_delete_beats_older_puts_that_come_late(tables: Tables) -> None:
    written, never_written = unique("n"), unique("n")
    await tables.write([a_name(written, 1, "x")])
    await tables.write([Write(NAMES, (written,), 7, None), Write(NAMES, (never_written,), 7, None)])
    await tables.write([a_name(written, 6, "late"), a_name(never_written, 6, "late")])
    assert await tables.get(NAMES, [(written,), (never_written,)]) == {}


async def test_an_older_delete_changes_nothing(tables: Tables) -> None:
    name_id = unique("n")
    await tables.write([a_name(name_id, 5, "x")])
    await tables.write([Write(NAMES, (name_id,), 4, None)])
    assert await name_of(tables, name_id) == "x"


async def test_a_deleted_row_can_be_put_again_by_a_later_write(tables: Tables) -> None:
    name_id = unique("n")
    await tables.write([Write(NAMES, (name_id,), 1, None)])
    await tables.write([a_name(name_id, 2, "back")])
    assert await name_of(tables, name_id) == "back"


async def test_writing_nothing_changes_nothing(tables: Tables) -> None:
    await tables.write([])


async def test_creating_again_keeps_the_rows(tables: Tables) -> None:
    name_id = unique("n")
    await tables.write([a_name(name_id, 1, "x")])
    await tables.create([NAMES])
    assert await name_of(tables, name_id) == "x"


async def test_stamps_say_number_and_presence_of_deleted_rows_too(tables: Tables) -> None:
    put, deleted, never = unique("n"), unique("n"), unique("n")
    await tables.write([a_name(put, 3, "x"), Write(NAMES, (deleted,), 4, None)])
    stamps = await tables.stamps(NAMES, [(put,), (deleted,), (never,)])
    assert {key: (stamp.number, stamp.present) for key, stamp in stamps.items()} == {
        (put,): (3, True),
        (deleted,): (4, False),
    }


@settings(max_examples=40, suppress_health_check=SHARES_FIXTURES)
@given(st.data())
async def test_any_order_and_repetition_of_writes_ends_in_the_same_rows(tables: Tables, data: st.DataObject) -> None:
    facts = data.draw(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=12))
    stream = unique("n")

    def writes(twin: str) -> list[Write]:
        ids = [f"{stream}-{twin}-{key}" for key, _ in facts]
        return [
            a_name(name_id, number, f"at {number}") if put else Write(NAMES, (name_id,), number, None)
            for number, (name_id, (_, put)) in enumerate(zip(ids, facts, strict=True), 1)
        ]

    for write in writes("in order"):
        await tables.write([write])
    shuffled = writes("shuffled")
    for write in data.draw(st.permutations(shuffled + data.draw(st.lists(st.sampled_from(shuffled), max_size=6)))):
        await tables.write([write])
    assert await _state(tables, f"{stream}-in order") == await _state(tables, f"{stream}-shuffled")


async def _state(tables: Tables, prefix: str) -> Sequence[Any]:
    keys = [(f"{prefix}-{key}",) for key in range(4)]
    rows, stamps = await tables.get(NAMES, keys), await tables.stamps(NAMES, keys)
    return [
        (rows[key]["name"] if key in rows else None, (stamps[key].number, stamps[key].present) if key in stamps else 0)
        for key in keys
    ]


async def test_everything_that_is_stored_is_told_once_deleted_rows_too(tables: Tables) -> None:
    await tables.create([NAMES.at(7)])
    ids = [unique("n") for _ in range(1_203)]
    writes = [a_name(name_id, number, name_id) for number, name_id in enumerate(ids, 1)]
    await tables.write([one._replace(table=NAMES.at(7)) for one in writes])
    await tables.write([Write(NAMES.at(7), (ids[0],), 5_000, None)])
    told = [one async for rows in tables.stored(NAMES.at(7)) for one in rows]
    assert {one.key for one in told} == {(name_id,) for name_id in ids}
    assert len(told) == len(ids)
    assert Stored((ids[0],), 5_000, None) in told
    assert Stored((ids[1],), 2, {"name_id": ids[1], "name": ids[1]}) in told


async def test_versions_of_a_table_know_nothing_of_each_other_and_go_one_by_one(tables: Tables) -> None:
    await tables.create([NAMES.at(8)])
    name_id = unique("n")
    await tables.write([a_name(name_id, 1, "first")])
    await tables.write([a_name(name_id, 1, "eighth")._replace(table=NAMES.at(8))])
    assert (await tables.get(NAMES.at(8), [(name_id,)]))[name_id,]["name"] == "eighth"
    for _ in range(2):
        await tables.remove([NAMES.at(8)])
    assert await name_of(tables, name_id) == "first"
    await tables.create([NAMES.at(8)])
    assert await tables.get(NAMES.at(8), [(name_id,)]) == {}
