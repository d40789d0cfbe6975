"""What every adapter of Tables promises about short partitions that are read together."""

import pytest

from projections.ports import MAX_KEYS, Tables, Write
from schemas.tables import Key, Row, Table
from tests.contract.fixtures_read import EVERY_TABLES
from tests.contract.fixtures_write import unique

pytestmark = EVERY_TABLES

BOOKS = Table("suite_books", partition="shelf_id, bucket", order="a_at desc, b_id")


@pytest.fixture(autouse=True)
async def created(tables: Tables) -> None:
    await tables.create([BOOKS])


def put(key: Key) -> Write:
    return Write(BOOKS, key, 1, dict(zip(BOOKS.key_columns, key, strict=True)))


def places(rows: list[Row]) -> list[Key]:
    return [(row["a_at"], row["b_id"]) for row in rows]


async def test_short_partitions_come_whole_and_in_order_and_empty_ones_too(tables: Tables) -> None:
    shelf, other = unique("shelf"), unique("shelf")
    await tables.write([put((shelf, 0, 1, "b")), put((shelf, 0, 2, "a")), put((shelf, 0, 1, "a"))])
    await tables.write([put((other, 5, 7, "x"))])
    found = await tables.wholes(BOOKS, [(shelf, 0), (shelf, 1), (other, 5)], 4)
    assert {partition: places(rows) for partition, rows in found.items()} == {
        (shelf, 0): [(2, "a"), (1, "a"), (1, "b")],
        (shelf, 1): [],
        (other, 5): [(7, "x")],
    }


async def test_a_partition_with_as_many_rows_as_asked_for_may_be_longer_and_is_left_out(tables: Tables) -> None:
    shelf = unique("shelf")
    await tables.write(
        [put((shelf, bucket, at, "b")) for bucket, size in ((0, 5), (1, 4), (2, 3)) for at in range(size)]
    )
    found = await tables.wholes(BOOKS, [(shelf, bucket) for bucket in range(3)], 4)
    assert {partition: len(rows) for partition, rows in found.items()} == {(shelf, 2): 3}


async def test_deleted_rows_are_not_seen(tables: Tables) -> None:
    shelf = unique("shelf")
    await tables.write([put((shelf, 0, at, "b")) for at in range(3)])
    await tables.write([Write(BOOKS, (shelf, 0, 1, "b"), 2, None)])
    assert places((await tables.wholes(BOOKS, [(shelf, 0)], 10))[shelf, 0]) == [(2, "b"), (0, "b")]


async def test_no_more_than_a_hundred_are_read_together(tables: Tables) -> None:
    shelf = unique("shelf")
    assert len(await tables.wholes(BOOKS, [(shelf, bucket) for bucket in range(MAX_KEYS)], 2)) == MAX_KEYS
    with pytest.raises(ValueError, match="101 keys"):
        await tables.wholes(BOOKS, [(shelf, bucket) for bucket in range(MAX_KEYS + 1)], 2)
