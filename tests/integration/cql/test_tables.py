"""What only CQL tables have to be asked: declarations against a keyspace, and writes that pass each other unseen."""

from dataclasses import replace

import pytest

from infra.cql.session import CqlSession
from infra.cql.tables import CqlTables, DeclarationChanged
from projections.ports import Origin, Write
from schemas.tables import INT, TEXT, Key, Table
from tests.contract.fixtures_write import unique

ROWS = 2_500
"""More than one query of a slice reads."""


def a_table(**declared: object) -> Table:
    """A table that nobody has declared yet."""
    table = Table(unique("t"), partition="a_id", order="b_id", columns={"x": TEXT, "y": TEXT})
    return replace(table, **declared)  # type: ignore[arg-type]


@pytest.fixture
def tables(cql: CqlSession) -> CqlTables:
    return CqlTables(cql)


def put(table: Table, key: Key, number: int, **columns: str | None) -> Write:
    row = dict(zip(table.key_columns, key, strict=True)) | {"x": None, "y": None} | columns
    return Write(table, key, number, row, Origin(0, number))


async def test_a_declaration_that_changed_is_refused_and_says_where(tables: CqlTables) -> None:
    table = a_table()
    await tables.create([table])
    changes = {
        "column x: declared as bigint, stored as text": {"columns": {"x": INT, "y": TEXT}},
        "column y: declared as absent, stored as text": {"columns": {"x": TEXT}},
        "column z: declared as text, stored as absent": {"columns": {"x": TEXT, "y": TEXT, "z": TEXT}},
        "column b_id: declared as text, clustering 1 descending, stored as text, clustering 1": {"order": "b_id desc"},
        "column b_id: declared as text, partition key 2, stored as text, clustering 1": {
            "partition": "a_id, b_id",
            "order": "",
        },
    }
    for said, changed in changes.items():
        with pytest.raises(DeclarationChanged, match=said):
            await tables.create([replace(table, **changed)])  # type: ignore[arg-type]
    await tables.create([table])


async def test_a_table_of_an_earlier_release_is_given_the_columns_that_came_later(tables: CqlTables) -> None:
    table = a_table()
    await tables.create([table])
    await tables.write([put(table, ("a", "b"), 1, x="1")])
    grown = replace(table, columns={**table.columns, "z": TEXT}, later=("z",))
    for _ in range(2):
        await tables.create([grown])
    assert (await tables.get(grown, [("a", "b")]))["a", "b"] == {
        "a_id": "a",
        "b_id": "b",
        "x": "1",
        "y": None,
        "z": None,
    }
    await tables.write([put(grown, ("a", "b"), 2, z="2")])
    assert (await tables.get(grown, [("a", "b")]))["a", "b"]["z"] == "2"


@pytest.mark.parametrize("name", ["", "likes-v2", "likes@v2", 'li"kes', "l" * 43])
async def test_a_table_needs_a_name_that_servers_take(tables: CqlTables, name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a table"):
        await tables.create([Table(name, partition="a_id")])


async def test_columns_may_have_names_that_mean_something_in_cql(tables: CqlTables) -> None:
    table = Table(unique("t"), partition="select", order="from desc", columns={"Where": TEXT, 'a "b"': TEXT})
    await tables.create([table])
    row = {"select": "s", "from": "f", "Where": "w", 'a "b"': "q"}
    await tables.write([Write(table, ("s", "f"), 1, row)])
    assert await tables.get(table, [("s", "f")]) == {("s", "f"): row}
    assert await tables.slice(table, ("s",), 5) == [row]


async def test_of_two_writers_who_saw_nothing_of_each_other_the_later_number_stands(
    tables: CqlTables, cql: CqlSession
) -> None:
    table, key = a_table(), (unique("a"), "b")
    await tables.create([table])
    await tables.write([put(table, key, 5, x="new")])
    insert = (
        f'INSERT INTO table_{table.name} (a_id, b_id, x, y, "_number", "_present", "_was", "_partition", "_offset") '
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?"
    )
    # As a zombie writes that has read before the row was there: larger values, an older number.
    await cql.execute(insert, (*key, "zombie", "zombie", 4, False, True, 9, 9, 4))
    assert await tables.get(table, [key]) == {key: {"a_id": key[0], "b_id": "b", "x": "new", "y": None}}
    stamp = (await tables.stamps(table, [key]))[key]
    assert (stamp.number, stamp.present, stamp.was, stamp.origin) == (5, True, False, Origin(0, 5))


async def test_keys_that_share_all_but_their_last_column_come_from_one_query(tables: CqlTables) -> None:
    table, shelf = a_table(), unique("a")
    await tables.create([table])
    keys = [(shelf, f"b{place:03}") for place in range(150)]
    await tables.write([put(table, key, 1, x=key[1]) for key in keys])
    assert [row["x"] for row in (await tables.get(table, keys[:100])).values()] == [key[1] for key in keys[:100]]
    assert (await tables.stamps(table, keys)).keys() == set(keys)


async def test_a_slice_reads_on_over_thousands_of_deleted_rows(tables: CqlTables) -> None:
    table, shelf = a_table(order="b_id desc"), unique("a")
    await tables.create([table])
    keys = [(shelf, f"b{place:05}") for place in range(ROWS)]
    await tables.write([put(table, key, 1) for key in keys])
    await tables.write([Write(table, key, 2, None) for key in keys[1:-1]])
    assert [row["b_id"] for row in await tables.slice(table, (shelf,), 3)] == ["b02499", "b00000"]


async def test_a_slice_may_be_longer_than_one_query(tables: CqlTables) -> None:
    table, shelf = a_table(), unique("a")
    await tables.create([table])
    await tables.write([put(table, (shelf, f"b{place:05}"), 1) for place in range(ROWS)])
    assert len(await tables.slice(table, (shelf,), ROWS - 1)) == ROWS - 1
    assert len(await tables.slice(table, (shelf,), 2 * ROWS)) == ROWS


async def test_where_the_only_column_of_a_partition_is_empty_nothing_can_be(tables: CqlTables) -> None:
    table = a_table()
    await tables.create([table])
    with pytest.raises(ValueError, match="empty"):
        await tables.write([put(table, ("", "b"), 1)])
    assert await tables.get(table, [("", "b")]) == {}
    assert await tables.stamps(table, [("", "b")]) == {}
    assert await tables.slice(table, ("",), 5) == []


@pytest.mark.parametrize(
    ("columns", "fault"),
    [({"x": 5}, "holds text, not int"), ({"x": b"x"}, "holds text, not bytes")],
)
async def test_a_value_of_another_type_is_refused(tables: CqlTables, columns: dict[str, str], fault: str) -> None:
    table = a_table()
    await tables.create([table])
    with pytest.raises(TypeError, match=fault):
        await tables.write([put(table, ("a", "b"), 1, **columns)])
    with pytest.raises(TypeError, match="holds None in b_id"):
        await tables.write([put(table, ("a", None), 1)])
    with pytest.raises(TypeError, match="lacks x, y"):
        await tables.write([Write(table, ("a", "b"), 1, {"a_id": "a", "b_id": "b"})])
    assert await tables.slice(table, ("a",), 5) == []
