"""The values of declared tables as CQL stores them, and back. Used by CqlTables alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from infra.cql.answers import Record
from schemas.tables import ColumnType as Type
from schemas.tables import Key, Row, Table

_PYTHON: Mapping[Type, type] = {Type.TEXT: str, Type.INT: int, Type.BOOL: bool, Type.TIME: int, Type.JSON: object}


def stored(table: Table, key: Key, row: Row | None) -> list[Any]:
    """What the declared columns hold. Raises TypeError or ValueError for what the declaration does not allow."""
    whole(table, table.key_columns, key)
    names = table.key_columns
    values = [_value(table, name, value) for name, value in zip(names, key, strict=True)]
    if None in values:
        raise TypeError(f"a key of {table.name} holds None in {names[values.index(None)]}")
    if unstorable(table, key):
        raise ValueError(f"a key of {table.name} is empty, and there is no more to its partition")
    if row is None:
        return values + [None] * (len(table.types) - len(names))
    if missing := table.types.keys() - row.keys():
        raise TypeError(f"a row of {table.name} lacks {', '.join(sorted(missing))}")
    return values + [_value(table, name, row[name]) for name in table.types if name not in names]


def loaded(table: Table, record: Record) -> dict[str, Any]:
    """The row as it was written."""
    return {
        name: orjson.loads(record[name]) if kind is Type.JSON and record[name] is not None else record[name]
        for name, kind in table.types.items()
    }


def whole(table: Table, columns: Sequence[str], key: Key) -> None:
    """Raises ValueError for a key that does not name these columns."""
    if len(key) != len(columns):
        raise ValueError(f"a key into {table.name} names ({', '.join(columns)}): it has no {len(key)} parts")


def unstorable(table: Table, key: Key) -> bool:
    """Whether no server can hold this key: the only column of a partition may not be empty."""
    return len(table.partition_columns) == 1 and key[0] == ""


def _value(table: Table, name: str, value: Any) -> Any:
    kind = table.types[name]
    if value is None:
        return None
    if not isinstance(value, _PYTHON[kind]) or (isinstance(value, bool) and kind in {Type.INT, Type.TIME}):
        raise TypeError(f"{table.name}.{name} holds {kind.value}, not {type(value).__name__}")
    return orjson.dumps(value).decode() if kind is Type.JSON else value
