"""What every adapter of Tables promises about beginnings of partitions that are read together."""

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


async def shelved(tables: Tables, *sizes: int) -> str:
    """A shelf with so many books in each bucket, at 0 and on."""
    shelf = unique("shelf")
    await tables.write([put((shelf, bucket, at, "b")) for bucket, size in enumerate(sizes) for at in range(size)])
    return shelf


async def test_short_partitions_come_whole_and_in_order_and_empty_ones_too(tables: Tables) -> None:
    shelf, other = unique("shelf"), unique("shelf")
    await tables.write([put((shelf, 0, 1, "b")), put((shelf, 0, 2, "a")), put((shelf, 0, 1, "a"))])
    await tables.write([put((other, 5, 7, "x"))])
    found = await tables.heads(BOOKS, [(shelf, 0), (shelf, 1), (other, 5)], 4)
    assert {partition: places(head.rows) for partition, head in found.items()} == {
        (shelf, 0): [(2, "a"), (1, "a"), (1, "b")],
        (shelf, 1): [],
        (other, 5): [(7, "x")],
    }
    assert [head.after for head in found.values()] == [None] * 3


async def test_the_rest_of_a_longer_partition_is_behind_its_head(tables: Tables) -> None:
    shelf = await shelved(tables, 6, 2)
    found = await tables.heads(BOOKS, [(shelf, 0), (shelf, 1)], 4)
    assert places(found[shelf, 0].rows) == [(5, "b"), (4, "b"), (3, "b"), (2, "b")]
    assert places(await tables.slice(BOOKS, (shelf, 0), 10, found[shelf, 0].after)) == [(1, "b"), (0, "b")]
    assert (places(found[shelf, 1].rows), found[shelf, 1].after) == ([(1, "b"), (0, "b")], None)


async def test_a_partition_with_as_many_rows_as_asked_for_may_have_no_rest(tables: Tables) -> None:
    shelf = await shelved(tables, 4)
    head = (await tables.heads(BOOKS, [(shelf, 0)], 4))[shelf, 0]
    assert len(head.rows) == 4
    assert head.after is None or await tables.slice(BOOKS, (shelf, 0), 10, head.after) == []


@pytest.mark.parametrize("gone", [[1], [0], [2], [0, 1, 2, 3]])
async def test_deleted_rows_are_not_seen(tables: Tables, gone: list[int]) -> None:
    shelf = await shelved(tables, 4)
    await tables.write([Write(BOOKS, (shelf, 0, at, "b"), 2, None) for at in gone])
    head = (await tables.heads(BOOKS, [(shelf, 0)], 2))[shelf, 0]
    rest = [] if head.after is None else await tables.slice(BOOKS, (shelf, 0), 10, head.after)
    assert places(head.rows + rest) == [(at, "b") for at in (3, 2, 1, 0) if at not in gone]


async def test_no_more_than_a_hundred_are_read_together(tables: Tables) -> None:
    shelf = unique("shelf")
    assert len(await tables.heads(BOOKS, [(shelf, bucket) for bucket in range(MAX_KEYS)], 2)) == MAX_KEYS
    with pytest.raises(ValueError, match="101 keys"):
        await tables.heads(BOOKS, [(shelf, bucket) for bucket in range(MAX_KEYS + 1)], 2)
