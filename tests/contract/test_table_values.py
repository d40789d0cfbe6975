"""What every adapter of Tables promises about values: any of a column's type goes in and comes back the same."""

from typing import Any

import pytest

from projections.ports import Tables, Write
from schemas.tables import BOOL, INT, JSON, TEXT, TIME, Table
from tests.contract.fixtures_read import EVERY_TABLES
from tests.contract.fixtures_write import unique

pytestmark = EVERY_TABLES

NOTES = Table(
    "suite_notes",
    partition="book_id, bucket",
    order="written_at desc, note_id",
    columns={"text": TEXT, "words": INT, "pinned": BOOL, "seen": TIME, "extra": JSON},
)
MEMOS = Table("suite_memos", partition="memo_id", columns={"text": TEXT})
COLUMNS = {"text": "a text", "words": 2, "pinned": True, "seen": 1_700_000_000_123, "extra": {"a": [1, None, "b"]}}


@pytest.fixture(autouse=True)
async def created(tables: Tables) -> None:
    await tables.create([NOTES, MEMOS])


def a_key() -> tuple[str, int, int, str]:
    return (unique("book"), 3, 1_700_000_000_000, "note")


def a_note(key: tuple[Any, ...], number: int, **columns: Any) -> Write:
    return Write(NOTES, key, number, dict(zip(NOTES.key_columns, key, strict=True)) | COLUMNS | columns)


async def test_a_row_comes_back_as_it_was_written(tables: Tables) -> None:
    key = a_key()
    await tables.write([a_note(key, 1)])
    expected = {"book_id": key[0], "bucket": 3, "written_at": key[2], "note_id": "note", **COLUMNS}
    (row,) = (await tables.get(NOTES, [key])).values()
    assert row == expected
    assert row["pinned"] is True
    assert await tables.slice(NOTES, key[:2], 10) == [expected]


@pytest.mark.parametrize(
    "columns",
    [
        dict.fromkeys(COLUMNS),
        {"text": "", "words": 0, "pinned": False, "seen": 0, "extra": {}},
        {"text": '\'; DROP TABLE "x" -- %s ?1', "extra": [], "words": -(2**63), "seen": -1},
        {"text": "日本語 👩‍👩‍👧 é e\u0301 \u0000 \n", "extra": {"ключ": "значение 🙂"}, "words": 2**63 - 1},
        {"extra": "only a string"},
        {"extra": False},
        {"extra": [{"url": f"https://photos/{i}", "width": i, "ratio": 1.5} for i in range(5_000)]},
    ],
    ids=["none", "empty", "quotes", "unicode", "json string", "json false", "large json"],
)
async def test_any_value_of_its_type_can_be_stored(tables: Tables, columns: dict[str, Any]) -> None:
    key = a_key()
    await tables.write([a_note(key, 1, **columns)])
    row = (await tables.get(NOTES, [key]))[key]
    assert {name: row[name] for name in columns} == columns


async def test_text_keys_may_be_empty_or_in_any_script(tables: Tables) -> None:
    book = unique("book")
    names = ["", " ", "A", "a", "ä", "Ω", "日本", "👍"]
    await tables.write([a_note((book, 0, 7, name), 1) for name in names])
    assert [row["note_id"] for row in await tables.slice(NOTES, (book, 0), 20)] == names
    assert len(await tables.get(NOTES, [(book, 0, 7, name) for name in names])) == len(names)


async def test_get_tells_keys_apart_that_share_columns(tables: Tables) -> None:
    book = unique("book")
    keys = [(book, bucket, at, note) for bucket in (0, 1) for at in (1, 2) for note in ("a", "b")]
    await tables.write([a_note(key, 1, text=repr(key)) for key in keys])
    found = await tables.get(NOTES, keys[::3])
    assert {key: row["text"] for key, row in found.items()} == {key: repr(key) for key in keys[::3]}


@pytest.mark.parametrize("key", [(), ("book",), ("book", 1, 2, "note", "more")])
async def test_a_key_of_the_wrong_length_is_refused(tables: Tables, key: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match="suite_notes"):
        await tables.get(NOTES, [key])


async def test_a_later_write_replaces_the_whole_row(tables: Tables) -> None:
    key = a_key()
    await tables.write([a_note(key, 1)])
    await tables.write([a_note(key, 2, text="new", words=None)])
    row = (await tables.get(NOTES, [key]))[key]
    assert (row["text"], row["words"]) == ("new", None)


async def test_a_delete_removes_the_row_from_every_read(tables: Tables) -> None:
    key = a_key()
    await tables.write([a_note(key, 1)])
    await tables.write([Write(NOTES, key, 2, None)])
    assert await tables.get(NOTES, [key]) == {}
    assert await tables.slice(NOTES, key[:2], 10) == []


async def test_one_call_writes_several_tables(tables: Tables) -> None:
    note, memo = a_key(), (unique("memo"),)
    row = {"memo_id": memo[0], "text": "x"}
    await tables.write([a_note(note, 1), Write(MEMOS, memo, 1, row), Write(MEMOS, (unique("memo"),), 1, None)])
    assert note in await tables.get(NOTES, [note])
    assert await tables.get(MEMOS, [memo]) == {memo: row}
