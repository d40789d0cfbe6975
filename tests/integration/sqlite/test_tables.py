"""SqliteTables beyond its port: what a changed declaration says, what a slice costs, and what a file keeps."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from infra.sqlite.database import SqliteDatabase
from infra.sqlite.table_sql import TableSql
from infra.sqlite.tables import DeclarationChanged, SqliteTables
from projections.ports import Write
from schemas.tables import INT, JSON, TEXT, TIME, Count, Table

NOTES = Table(
    "notes",
    partition="book_id",
    order="written_at desc, note_id",
    columns={"text": TEXT, "words": INT},
    counts=Count("note_count", per="book_id"),
)
ROW = {"book_id": "b", "written_at": 5, "note_id": "n", "text": "a secret text", "words": 3}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "views.db"


@pytest.fixture
def database(path: Path) -> Iterator[SqliteDatabase]:
    database = SqliteDatabase(path, "NORMAL")
    yield database
    database.close()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (replace(NOTES, columns={**NOTES.columns, "more": TIME}), "column more: declared as INTEGER, stored as absent"),
        (replace(NOTES, columns={"text": TEXT}), "column words: declared as absent, stored as INTEGER"),
        (replace(NOTES, columns={"text": JSON, "words": INT}), "column text: declared as BLOB, stored as TEXT"),
        (
            replace(NOTES, order="written_at, note_id"),
            "column written_at: declared as INTEGER, key column 2, stored as INTEGER, key column 2 descending",
        ),
        (replace(NOTES, order="note_id, written_at desc"), "column note_id: declared as TEXT, key column 2, stored as"),
        (replace(NOTES, order="written_at desc", columns={**NOTES.columns, "note_id": TEXT}), "column note_id: "),
        (replace(NOTES, partition="book_id, bucket"), "column bucket: "),
    ],
    ids=["more", "less", "type", "direction", "order", "key", "partition"],
)
async def test_a_changed_declaration_names_table_and_column(
    database: SqliteDatabase, changed: Table, message: str
) -> None:
    await SqliteTables(database).create([NOTES])
    await SqliteTables(database).write([Write(NOTES, ("b", 5, "n"), 1, ROW)])
    with pytest.raises(DeclarationChanged, match=re.escape(f"table notes, {message}")):
        await SqliteTables(database).create([changed])
    assert await SqliteTables(database).get(NOTES, [("b", 5, "n")]) == {("b", 5, "n"): ROW}


async def test_one_changed_declaration_creates_nothing_of_the_others(database: SqliteDatabase) -> None:
    await SqliteTables(database).create([NOTES])
    other = Table("other", partition="other_id")
    with pytest.raises(DeclarationChanged):
        await SqliteTables(database).create([other, replace(NOTES, columns={})])
    assert database.rows("SELECT name FROM sqlite_master WHERE name LIKE '%other%'") == []


async def test_names_that_are_words_of_sql_are_names(database: SqliteDatabase) -> None:
    odd = Table('select "x"', partition="from", order="order desc, group", columns={"where": TEXT, "it's": INT})
    row = {"from": "a", "order": "b", "group": "c", "where": "d", "it's": 1}
    tables = SqliteTables(database)
    await tables.create([odd])
    await tables.create([odd])
    await tables.write([Write(odd, ("a", "b", "c"), 1, row)])
    assert await tables.slice(odd, ("a",), 5, ("z", "")) == [row]


@pytest.mark.parametrize(
    ("column", "value"), [("words", "3"), ("words", True), ("words", 1.5), ("text", 3), ("text", b"x")]
)
async def test_a_value_of_the_wrong_type_is_refused(database: SqliteDatabase, column: str, value: object) -> None:
    tables = SqliteTables(database)
    await tables.create([NOTES])
    with pytest.raises(TypeError, match=rf"notes\.{column}"):
        await tables.write([Write(NOTES, ("b", 5, "n"), 1, {**ROW, column: value})])
    with pytest.raises(TypeError, match=r"notes holds None in note_id"):
        await tables.write([Write(NOTES, ("b", 5, None), 1, ROW)])
    with pytest.raises(TypeError, match=r"a row of notes lacks text"):
        await tables.write([Write(NOTES, ("b", 5, "n"), 1, {k: v for k, v in ROW.items() if k != "text"})])
    assert await tables.slice(NOTES, ("b",), 5) == []


async def test_a_deleted_row_keeps_nothing_but_its_key(database: SqliteDatabase) -> None:
    tables = SqliteTables(database)
    await tables.create([NOTES])
    await tables.write([Write(NOTES, ("b", 5, "n"), 1, ROW)])
    await tables.write([Write(NOTES, ("b", 5, "n"), 2, None)])
    (row,) = database.rows("SELECT text, words, _number FROM table_notes")
    assert tuple(row) == (None, None, 2)


async def test_rows_are_there_after_opening_the_file_again(path: Path) -> None:
    for _ in range(2):
        database = SqliteDatabase(path, "NORMAL")
        tables = SqliteTables(database)
        await tables.create([NOTES])
        await tables.write([Write(NOTES, ("b", 5, "n"), 1, ROW)])
        assert await tables.get(NOTES, [("b", 5, "n")]) == {("b", 5, "n"): ROW}
        database.close()


@pytest.mark.parametrize("order", ["a_at", "a_at desc, b_id desc", "a_at desc, b_id", "a_at, b_id desc, c_id"])
async def test_no_read_scans_a_table_or_sorts(database: SqliteDatabase, order: str) -> None:
    table = Table("costs", partition="p_id, bucket", order=order, columns={"text": TEXT})
    await SqliteTables(database).create([table])
    sql, places = TableSql(table), len(table.order_columns)
    statements = [
        (sql.slice(after=False), 3, "p_id=? AND bucket=?"),
        (sql.slice(after=True), 3 + places, "p_id=? AND bucket=? AND "),
        (sql.select(4), 4 * (2 + places), " AND ".join(f"{name}=?" for name in table.key_columns)),
        (sql.stamps(4), 4 * (2 + places), " AND ".join(f"{name}=?" for name in table.key_columns)),
    ]
    for statement, parameters, searched in statements:
        plan = " / ".join(row["detail"] for row in database.rows(f"EXPLAIN QUERY PLAN {statement}", [0] * parameters))
        assert f"SEARCH table_costs USING PRIMARY KEY ({searched}" in plan
        assert "SCAN table_costs" not in plan
        assert "ORDER BY" not in plan


async def test_a_table_of_an_earlier_release_is_given_the_columns_that_came_later(database: SqliteDatabase) -> None:
    await SqliteTables(database).create([NOTES])
    await SqliteTables(database).write([Write(NOTES, ("b", 5, "n"), 1, ROW)])
    grown = replace(NOTES, columns={**NOTES.columns, "more": JSON}, later=("more",))
    for _ in range(2):
        await SqliteTables(database).create([grown])
    assert await SqliteTables(database).get(grown, [("b", 5, "n")]) == {("b", 5, "n"): {**ROW, "more": None}}
    await SqliteTables(database).write([Write(grown, ("b", 5, "n"), 2, {**ROW, "more": [1]})])
    assert (await SqliteTables(database).get(grown, [("b", 5, "n")]))["b", 5, "n"]["more"] == [1]
