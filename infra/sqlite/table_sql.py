"""The SQL and the stored values that a declared table turns into. Used by SqliteTables alone."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import orjson

from infra.row_values import RowValues
from schemas.tables import ColumnType as Type
from schemas.tables import Table

ADDED = {"_lane": "TEXT"}
"""Hidden columns that files of earlier versions lack."""
HIDDEN = {
    "_number": "INTEGER",
    "_present": "INTEGER",
    "_was": "INTEGER",
    "_partition": "INTEGER",
    "_offset": "INTEGER",
    **ADDED,
}
"""Columns that every table has besides its declared ones: the write's number, presence, `was`, origin and lane."""

_STORED = {Type.TEXT: "TEXT", Type.INT: "INTEGER", Type.BOOL: "INTEGER", Type.TIME: "INTEGER", Type.JSON: "BLOB"}
_LOADS: Mapping[Type, Callable[[Any], Any]] = {Type.BOOL: bool, Type.JSON: orjson.loads}


def quoted(name: str) -> str:
    """The name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


class TableSql:
    """One declaration in SQLite's terms. Deleted rows stay, as tombstones without columns."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.stored_name = f"table_{table.stored_name}"
        self._name = quoted(self.stored_name)
        self._loaded = [(name, _LOADS[kind]) for name, kind in table.types.items() if kind in _LOADS]
        self._directions = dict(zip(table.order_columns, table.descending, strict=True))
        self.values = RowValues(table, orjson.dumps)
        """What is stored in the declared columns."""

    @cached_property
    def described(self) -> dict[str, str]:
        """Every column in words, to compare with what a file holds."""
        types = {name: _STORED[kind] for name, kind in self.table.types.items()} | HIDDEN
        for place, name in enumerate(self.table.key_columns):
            types[name] = in_words(types[name], place, self._directions.get(name, False))
        return types

    @cached_property
    def create(self) -> str:
        """Rows lie in key order, so that a slice reads neighbours and sorts nothing."""
        types = {name: _STORED[kind] for name, kind in self.table.types.items()} | HIDDEN
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in types.items())
        key = ", ".join(self._ordered(name) for name in self.table.key_columns)
        return f"CREATE TABLE IF NOT EXISTS {self._name} ({columns}, PRIMARY KEY ({key})) WITHOUT ROWID"

    def added(self, name: str) -> str:
        """Gives a table of an earlier version a column."""
        return f"ALTER TABLE {self._name} ADD COLUMN {quoted(name)} {self.described[name]}"

    @property
    def addable(self) -> set[str]:
        """Columns that a table of an earlier version may lack."""
        return {*ADDED, *self.table.later}

    @cached_property
    def upsert(self) -> str:
        """Takes what `values` gives; changes a stored row only if its number is below."""
        names = [*self.table.types, *HIDDEN]
        changed = ", ".join(f"{quoted(n)} = excluded.{quoted(n)}" for n in names if n not in self.table.key_columns)
        return (
            f"INSERT INTO {self._name} ({_listed(names)}) VALUES ({', '.join('?' * len(names))}) "
            f"ON CONFLICT DO UPDATE SET {changed} WHERE excluded._number > {self._name}._number"
        )

    def select(self, keys: int) -> str:
        """Present rows by whole key; for `keys` keys, as `padded` gives them."""
        wanted, joined = self._wanted(self.table.key_columns, keys)
        return f"{wanted} SELECT {_listed(self.table.types)} {joined} WHERE _present"

    def stamps(self, keys: int) -> str:
        """Hidden columns by whole key, tombstones included; of counts, the count."""
        wanted, joined = self._wanted(self.table.key_columns, keys)
        names = [*self.table.key_columns, *HIDDEN, *self.table.stamped_columns]
        return f"{wanted} SELECT {_listed(names)} {joined}"

    def totals(self, keys: int) -> str:
        """The sum of `size` over each of `keys` partitions."""
        partition = self.table.partition_columns
        wanted, joined = self._wanted(partition, keys)
        return f"{wanted} SELECT {_listed(partition)}, SUM(size) {joined} WHERE _present GROUP BY {_listed(partition)}"

    def slice(self, after: bool) -> str:
        """Present rows of a partition in declared order: ?1 on are partition, then the order key, then the limit."""
        partition, order = self.table.partition_columns, self.table.order_columns
        where = [f"{quoted(name)} = ?{place}" for place, name in enumerate(partition, 1)]
        if after:
            where.append(_behind(self._directions, len(partition) + 1))
        ordered = f" ORDER BY {', '.join(map(self._ordered, order))}" if order else ""
        limit = len(partition) + (len(order) if after else 0) + 1
        return (
            f"SELECT {_listed(self.table.types)} FROM {self._name} "
            f"WHERE _present AND {' AND '.join(where)}{ordered} LIMIT ?{limit}"
        )

    def stored(self, after: bool) -> str:
        """Everything, deleted rows included, in the order in which it lies: number, presence, then the columns. Takes
        the whole key behind which it goes on, and then a limit."""
        keys = self.table.key_columns
        directions = {name: self._directions.get(name, False) for name in keys}
        where = f" WHERE {_behind(directions, 1)}" if after else ""
        ordered = ", ".join(map(self._ordered, keys))
        names = f"_number, _present, {_listed(self.table.types)}"
        return f"SELECT {names} FROM {self._name}{where} ORDER BY {ordered} LIMIT ?{len(keys) + 1 if after else 1}"

    @cached_property
    def remove(self) -> str:
        """Removes it, if it is there."""
        return f"DROP TABLE IF EXISTS {self._name}"

    def row(self, stored: Sequence[Any]) -> dict[str, Any]:
        """The row as it was written."""
        row = dict(zip(self.table.types, stored, strict=True))
        for name, load in self._loaded:
            if row[name] is not None:
                row[name] = load(row[name])
        return row

    def _wanted(self, columns: Sequence[str], keys: int) -> tuple[str, str]:
        """A list of wanted keys, and its join: `IN (VALUES ...)` over several columns would scan the whole table."""
        names = [f"_wanted_{place}" for place in range(len(columns))]
        marks = f"({', '.join('?' * len(columns))})"
        equal = " AND ".join(f"{quoted(column)} = {name}" for column, name in zip(columns, names, strict=True))
        wanted = f"WITH wanted ({', '.join(names)}) AS (VALUES {', '.join([marks] * keys)})"
        return wanted, f"FROM wanted CROSS JOIN {self._name} ON {equal}"

    def _ordered(self, name: str) -> str:
        return quoted(name) + (" DESC" if self._directions.get(name) else "")


def _behind(directions: Mapping[str, bool], first: int) -> str:
    """Rows behind the key whose values are the parameters from ?`first` on, where these columns run so."""
    names = [(quoted(name), ">" if not down else "<") for name, down in directions.items()]
    if len(set(directions.values())) == 1:
        marks = ", ".join(f"?{first + place}" for place in range(len(names)))
        return f"({', '.join(name for name, _ in names)}) {names[0][1]} ({marks})"
    last = first + len(names) - 1
    behind = f"{names[-1][0]} {names[-1][1]} ?{last}"
    for place, (name, sign) in reversed(list(enumerate(names[:-1], first))):
        behind = f"({name} {sign} ?{place} OR ({name} = ?{place} AND {behind}))"
    # The outer bound says nothing new; it is what the planner can seek by.
    return f"{names[0][0]} {names[0][1]}= ?{first} AND {behind}"


def in_words(stored_type: str, key_place: int | None, descending: bool) -> str:
    """A column in words, for comparing a declaration with a file."""
    if key_place is None:
        return stored_type
    return f"{stored_type}, key column {key_place + 1}{' descending' if descending else ''}"


def _listed(names: Sequence[str] | Mapping[str, Any]) -> str:
    return ", ".join(map(quoted, names))
