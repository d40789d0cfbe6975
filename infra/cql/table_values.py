"""The values of declared tables as CQL stores them, and back. Used by CqlTables alone."""

from collections.abc import Sequence
from typing import Any

import orjson

from infra.cql.answers import Record
from schemas.tables import Key, Row, Table


def loaded(table: Table, record: Record) -> dict[str, Any]:
    """The row as it was written."""
    row = {name: record[name] for name in table.types}
    _open(table, [row])
    return row


def present(table: Table, records: Sequence[Record]) -> list[Row]:
    """The rows of those that are not deleted. The records have nothing more than that, and become the rows."""
    rows: list[Any] = [record for record in records if record.pop("_present")]
    _open(table, rows)
    return rows


def whole(table: Table, columns: Sequence[str], key: Key) -> None:
    """Raises ValueError for a key that does not name these columns."""
    if len(key) != len(columns):
        raise ValueError(f"a key into {table.name} names ({', '.join(columns)}): it has no {len(key)} parts")


def unstorable(table: Table, key: Key) -> bool:
    """Whether no server can hold this key: the only column of a partition may not be empty."""
    return len(table.partition_columns) == 1 and key[0] == ""


def storable(table: Table, key: Key) -> None:
    """Raises ValueError for a key that no server can hold."""
    whole(table, table.key_columns, key)
    if unstorable(table, key):
        raise ValueError(f"a key of {table.name} is empty, and there is no more to its partition")


def written(value: Any) -> str:
    """A JSON value as it is stored."""
    return orjson.dumps(value).decode()


def _open(table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """JSON columns of these become the values that they were written as."""
    for name in table.json_columns:
        for row in rows:
            if row[name] is not None:
                row[name] = orjson.loads(row[name])
