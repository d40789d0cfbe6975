"""What every adapter of Tables promises about slices: declared order, whole pages, and going on behind a key."""

from itertools import chain
from operator import itemgetter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.ports import Tables, Write
from schemas.tables import TEXT, Key, Row, Table
from tests.contract.fixtures_read import EVERY_TABLES
from tests.contract.fixtures_write import unique
from tests.drawn import SHARES_FIXTURES

pytestmark = EVERY_TABLES


def declared(order: str) -> Table:
    """A table with that order: its name says which."""
    return Table("suite_" + order.replace(", ", "_").replace(" ", "_"), partition="shelf_id", order=order)


ALONE = Table("suite_alone", partition="shelf_id", columns={"text": TEXT})
ORDERS = [
    declared("a_at"),
    declared("a_at desc"),
    declared("a_at, b_id"),
    declared("a_at desc, b_id desc"),
    declared("a_at desc, b_id"),
    declared("a_at, b_id desc"),
    declared("a_at desc, b_id, c_at desc"),
    declared("a_at, b_id, c_at desc"),
    declared("a_at desc, b_id desc, c_at"),
]
VALUES: dict[str, list[Any]] = {
    "a_at": [-5, 0, 1, 2, 1_700_000_000_000],
    "b_id": ["", "A", "Z", "a", "é", "日", "🙂"],
    "c_at": [0, 1, 2**40],
}


@pytest.fixture(autouse=True)
async def created(tables: Tables) -> None:
    await tables.create([*ORDERS, ALONE])


def put(table: Table, partition: str, order_key: Key, number: int = 1) -> Write:
    key = (partition, *order_key)
    return Write(table, key, number, dict(zip(table.key_columns, key, strict=True)))


def order_key(table: Table, row: Row) -> Key:
    return tuple(row[name] for name in table.order_columns)


def in_order(table: Table, keys: set[Key]) -> list[Key]:
    """What the declaration says, in Python: sorts by the last column first, each sort being stable."""
    ordered = list(keys)
    for place, descending in reversed(list(enumerate(table.descending))):
        ordered.sort(key=itemgetter(place), reverse=descending)
    return ordered


async def pages(tables: Tables, table: Table, partition: str, limit: int) -> list[list[Key]]:
    """Page after page, until one is short."""
    found: list[list[Key]] = []
    after: Key | None = None
    while after is None or len(found[-1]) == limit:
        found.append([order_key(table, row) for row in await tables.slice(table, (partition,), limit, after)])
        after = found[-1][-1] if found[-1] else ()
        assert len(found) < 500, "pages go round in circles"
    return found


@pytest.mark.parametrize("table", ORDERS, ids=lambda table: table.order)
@settings(max_examples=12, suppress_health_check=SHARES_FIXTURES)
@given(st.data())
async def test_pages_follow_the_declared_order_through_ties(tables: Tables, table: Table, data: st.DataObject) -> None:
    one_key = st.tuples(*(st.sampled_from(VALUES[name]) for name in table.order_columns))
    kept, deleted = data.draw(st.sets(one_key, max_size=15)), data.draw(st.sets(one_key, max_size=5))
    limit = data.draw(st.integers(1, 5))
    partition, neighbour = unique("shelf"), unique("shelf")
    await tables.write([put(table, partition, key) for key in kept] + [put(table, neighbour, key) for key in deleted])
    await tables.write([Write(table, (partition, *key), 2, None) for key in deleted])
    expected = in_order(table, kept - deleted)
    found = await pages(tables, table, partition, limit)
    assert list(chain.from_iterable(found)) == expected
    assert all(len(page) == limit for page in found[:-1])


@pytest.mark.parametrize("table", ORDERS, ids=lambda table: table.order)
async def test_a_slice_goes_on_from_a_key_that_is_not_there(tables: Tables, table: Table) -> None:
    partition = unique("shelf")
    spread = {key[: len(table.order_columns)] for key in [(1, "b", 1), (1, "d", 1), (3, "b", 1), (3, "d", 3)]}
    await tables.write([put(table, partition, key) for key in spread])
    for missing in [(2, "c", 2), (1, "c", 9), (3, "b", 2), (0, "", 0), (9, "z", 9)]:
        after = missing[: len(table.order_columns)]
        ordered = in_order(table, spread | {after})
        found = [order_key(table, row) for row in await tables.slice(table, (partition,), 10, after)]
        assert found == ordered[ordered.index(after) + 1 :]


async def test_long_partitions_come_in_full_pages_to_their_end(tables: Tables) -> None:
    table, partition = ORDERS[4], unique("shelf")
    keys = {(at // 7, f"po_{at:05}") for at in range(450)}
    await tables.write([put(table, partition, key) for key in keys])
    found = await pages(tables, table, partition, 100)
    assert [len(page) for page in found] == [100, 100, 100, 100, 50]
    assert list(chain.from_iterable(found)) == in_order(table, keys)


async def test_deleted_rows_never_shorten_a_page(tables: Tables) -> None:
    table, partition = ORDERS[4], unique("shelf")
    await tables.write([put(table, partition, (at, "po")) for at in range(300)])
    await tables.write([Write(table, (partition, at, "po"), 2, None) for at in range(300) if at % 50])
    assert [len(page) for page in await pages(tables, table, partition, 3)] == [3, 3, 0]


async def test_an_unknown_partition_is_empty(tables: Tables) -> None:
    assert await tables.slice(ORDERS[0], (unique("shelf"),), 10) == []


async def test_a_table_without_order_has_one_row_in_a_partition(tables: Tables) -> None:
    partition = unique("shelf")
    await tables.write([Write(ALONE, (partition,), 1, {"shelf_id": partition, "text": "x"})])
    assert await tables.slice(ALONE, (partition,), 10) == [{"shelf_id": partition, "text": "x"}]
    assert await tables.slice(ALONE, (partition,), 10, after=()) == []


@pytest.mark.parametrize(("partition", "after"), [((), None), (("s", 1), None), (("s",), (1,)), (("s",), (1, "b", 2))])
async def test_a_slice_names_a_whole_partition_and_a_whole_order_key(
    tables: Tables, partition: Key, after: Key | None
) -> None:
    with pytest.raises(ValueError, match="suite_a_at_b_id"):
        await tables.slice(ORDERS[2], partition, 10, after)
