"""The CQL that a declared table turns into. Used by CqlTables alone."""

import re
from collections.abc import Iterable
from functools import cached_property

from infra.cql.table_values import written
from infra.row_values import RowValues
from schemas.tables import ColumnType as Type
from schemas.tables import Table

ADDED = {"_lane": "text"}
"""Hidden columns that keyspaces of earlier versions lack."""
HIDDEN = {
    "_number": "bigint",
    "_present": "boolean",
    "_was": "boolean",
    "_partition": "bigint",
    "_offset": "bigint",
    **ADDED,
}
"""Columns that every table has besides its declared ones: the write's number, presence, `was`, origin and lane."""

_STORED = {Type.TEXT: "text", Type.INT: "bigint", Type.BOOL: "boolean", Type.TIME: "bigint", Type.JSON: "text"}
_NAME = re.compile(r"[A-Za-z0-9_]{1,42}")


class TableCql:
    """One declaration in CQL. Deleted rows stay, as tombstones of our own: rows without columns."""

    def __init__(self, table: Table) -> None:
        if not _NAME.fullmatch(table.stored_name):
            raise ValueError(f"{table.stored_name!r} cannot name a table: letters, digits and _, at most 42")
        self.table = table
        self.stored_name = f"table_{table.stored_name}"
        self.values = RowValues(table, written)
        """What the declared columns hold."""
        self._name = quoted(self.stored_name)
        self._directions = dict(zip(table.order_columns, table.descending, strict=True))
        self._types = {name: _STORED[kind] for name, kind in table.types.items()} | HIDDEN

    @cached_property
    def described(self) -> dict[str, str]:
        """Every column in words, to compare with what a keyspace holds."""
        described = dict(self._types)
        for place, name in enumerate(self.table.partition_columns):
            described[name] = in_words(described[name], "partition_key", place, "none")
        for place, (name, down) in enumerate(self._directions.items()):
            described[name] = in_words(described[name], "clustering", place, "desc" if down else "asc")
        return described

    @cached_property
    def create(self) -> str:
        """Rows of a partition lie in declared order, so that a slice reads neighbours and sorts nothing."""
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in self._types.items())
        key = ", ".join([f"({listed(self.table.partition_columns)})", *map(quoted, self.table.order_columns)])
        order = ", ".join(f"{quoted(name)} {'DESC' if down else 'ASC'}" for name, down in self._directions.items())
        ordered = f" WITH CLUSTERING ORDER BY ({order})" if order else ""
        return f"CREATE TABLE IF NOT EXISTS {self._name} ({columns}, PRIMARY KEY ({key})){ordered}"

    def added(self, name: str) -> str:
        """Gives a table of an earlier version a column."""
        return f"ALTER TABLE {self._name} ADD {quoted(name)} {self._types[name]}"

    @property
    def addable(self) -> set[str]:
        """Columns that a table of an earlier version may lack."""
        return {*ADDED, *self.table.later}

    @cached_property
    def remove(self) -> str:
        """Removes it, if it is there."""
        return f"DROP TABLE IF EXISTS {self._name}"

    @cached_property
    def stored(self) -> str:
        """Everything, deleted rows included, whose partitions have a token above the first value, up to the second."""
        token = f"token({listed(self.table.partition_columns)})"
        wanted = listed([*self.table.types, "_number", "_present"])
        return f"SELECT {wanted} FROM {self._name} WHERE {token} > ? AND {token} <= ?"

    @cached_property
    def insert(self) -> str:
        """Takes every column, hidden ones last, and then the number again: it is the time of the write."""
        marks = ", ".join("?" * len(self._types))
        return f"INSERT INTO {self._name} ({listed(self._types)}) VALUES ({marks}) USING TIMESTAMP ?"

    @cached_property
    def select(self) -> str:
        """Rows whose keys differ in the last column alone: takes the columns before it, and a list of at most 100."""
        return self._by_last(self.table.key_columns, [*self.table.types, "_present"])

    @cached_property
    def heads(self) -> str:
        """Beginnings of partitions: takes a list of values for each of their columns, then how many rows of each."""
        wanted = [*self.table.types, "_present"]
        where = " AND ".join(f"{quoted(name)} IN ?" for name in self.table.partition_columns)
        return f"SELECT {listed(wanted)} FROM {self._name} WHERE {where} PER PARTITION LIMIT ?"

    @cached_property
    def stamps(self) -> str:
        """Hidden columns of rows of one partition; of counts, the count. Takes the partition, and a list of order keys
        where the table has any: of values where that is one column, else of tuples."""
        return self._stamps(map(equal, self.table.partition_columns))

    @cached_property
    def stamps_across(self) -> str:
        """The same of several partitions: takes, for each of their columns, a list of what stands there."""
        return self._stamps(f"{quoted(name)} IN ?" for name in self.table.partition_columns)

    @cached_property
    def sizes(self) -> str:
        """Every `size` of partitions that differ in the last column alone."""
        return self._by_last(self.table.partition_columns, [*self.table.partition_columns, "size", "_present"])

    @cached_property
    def first(self) -> str:
        """The beginning of a partition: takes the partition and a limit."""
        return self._slice([])

    @cached_property
    def behind(self) -> list[tuple[str, int]]:
        """What lies behind an order key: statements to be run one after the other, and how many of its columns each
        takes, between partition and limit. One alone where all directions agree, else one for each column."""
        names, down = self.table.order_columns, self.table.descending
        if len(set(down)) == 1:
            marks = ", ".join("?" * len(names))
            return [(self._slice([f"({listed(names)}) {'<' if down[0] else '>'} ({marks})"]), len(names))]
        return [
            (
                self._slice([*map(equal, names[:last]), f"{quoted(names[last])} {'<' if down[last] else '>'} ?"]),
                last + 1,
            )
            for last in reversed(range(len(names)))
        ]

    def _slice(self, bounds: list[str]) -> str:
        where = " AND ".join([*map(equal, self.table.partition_columns), *bounds])
        return f"SELECT {listed([*self.table.types, '_present'])} FROM {self._name} WHERE {where} LIMIT ?"

    def _stamps(self, partitions: Iterable[str]) -> str:
        wanted = listed([*self.table.key_columns, *HIDDEN, *self.table.stamped_columns])
        order = self.table.order_columns
        within = [f"({listed(order)}) IN ?" if len(order) > 1 else f"{quoted(order[0])} IN ?"] if order else []
        where = " AND ".join([*partitions, *within])
        return f"SELECT {wanted} FROM {self._name} WHERE {where}"

    def _by_last(self, columns: tuple[str, ...], wanted: list[str]) -> str:
        where = " AND ".join([*map(equal, columns[:-1]), f"{quoted(columns[-1])} IN ?"])
        return f"SELECT {listed(wanted)} FROM {self._name} WHERE {where}"


def in_words(stored_type: str, kind: str, place: int, direction: str) -> str:
    """A column in words, for comparing a declaration with a keyspace."""
    if kind == "regular":
        return stored_type
    return f"{stored_type}, {kind.replace('_', ' ')} {place + 1}{' descending' if direction == 'desc' else ''}"


def quoted(name: str) -> str:
    """The name as a CQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def listed(names: list[str] | tuple[str, ...] | dict[str, str]) -> str:
    """Names with commas between."""
    return ", ".join(map(quoted, names))


def equal(name: str) -> str:
    """A column that equals a parameter."""
    return f"{quoted(name)} = ?"
