"""How a read model is declared: a wide-row table as data. The Tables adapters turn any declaration into storage."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from operator import itemgetter
from typing import Any

import orjson


class ColumnType(Enum):
    """What a column holds, and as what Python sees it."""

    TEXT = "text"  # str
    INT = "int"  # int, 64 bit
    BOOL = "bool"  # bool
    TIME = "time"  # int, milliseconds since 1970 UTC
    JSON = "json"  # anything orjson writes


TEXT, INT, BOOL, TIME, JSON = ColumnType.TEXT, ColumnType.INT, ColumnType.BOOL, ColumnType.TIME, ColumnType.JSON

SIZE = "size"
"""The column of a count."""

Key = tuple[Any, ...]
"""Values of a table's key columns, in the declared order: the whole key, or the partition alone where that is said."""
Row = Mapping[str, Any]
"""One row: key columns and columns by name."""


@dataclass(frozen=True)
class Count:
    """The number of present rows, kept for each value of `per` (columns of the key)."""

    name: str
    per: str
    cached: int | None = None
    """For how many seconds a query may keep a count in the cache; None: never."""

    @cached_property
    def per_columns(self) -> tuple[str, ...]:
        return _names(self.per)


@dataclass(frozen=True)
class Relation:
    """Each row says how the account in column `of` stands to what column `to` names. `kind` is one letter."""

    kind: str
    of: str
    to: str

    def member(self, other: str) -> str:
        """Under which the copy of the row is kept with the account."""
        return self.kind + other


@dataclass(frozen=True)
class Searched:
    """Rows are found by the words in a column, which stand there one behind the other, blanks between them.

    `newest` is the column of type TIME by which they are ordered. For tables whose key is one TEXT column.
    """

    words: str
    newest: str


@dataclass(frozen=True)
class Table:
    """A wide-row table.

    `partition` and `order` name the key columns, comma-separated; an order column may end in ` desc`.
    A key column's type follows its name: `*_at` is TIME, `bucket`, `salt`, `log_partition` and `log_offset` INT, all
    else TEXT.
    `subject` is the column that names whose personal data a row is. `counts` keeps its size.
    `cached` is how many seconds a query may keep a row in the cache; None: never. `partition_cached` is the same of
    what it made of a partition.
    `relations` are kept as copies of yes or no with the accounts that they are about.
    """

    name: str
    partition: str
    order: str = ""
    columns: Mapping[str, ColumnType] = field(default_factory=dict)
    subject: str | None = None
    counts: Count | None = None
    cached: int | None = None
    partition_cached: int | None = None
    part_of: str = ""
    """The table whose partitions these are further parts of, by the first column: cached with them."""
    relations: tuple[Relation, ...] = ()
    searched: Searched | None = None
    """An index is kept of its words."""
    later: tuple[str, ...] = ()
    """Columns that tables made by an earlier release lack, and are given: null in every row of then."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """What columns read as that a version of an earlier shape of the projection lacks; null where it is not said."""
    version: int = 1
    """Of its projection. Each has storage of its own; copies of rows have one name for all."""

    def __hash__(self) -> int:
        return hash(self.name)

    @cached_property
    def partition_columns(self) -> tuple[str, ...]:
        return _names(self.partition)

    @cached_property
    def order_columns(self) -> tuple[str, ...]:
        return tuple(name.removesuffix(" desc") for name in _names(self.order))

    @cached_property
    def descending(self) -> tuple[bool, ...]:
        """For each order column, whether it runs from large to small."""
        return tuple(name.endswith(" desc") for name in _names(self.order))

    @cached_property
    def key_columns(self) -> tuple[str, ...]:
        return self.partition_columns + self.order_columns

    @cached_property
    def types(self) -> dict[str, ColumnType]:
        """The type of every column, keys included."""
        return {**{name: key_type(name) for name in self.key_columns}, **self.columns}

    @cached_property
    def json_columns(self) -> tuple[str, ...]:
        """Those that hold JSON."""
        return tuple(name for name, kind in self.types.items() if kind is JSON)

    @cached_property
    def sizes(self) -> "Table":
        """Where the counts of this table live: one row for each log partition and lane, whose sum is the count.

        Raises TypeError for a table that is not counted.
        """
        if self.counts is None:
            raise TypeError(f"{self.name} is not counted")
        return Table(
            f"{self.name}_sizes",
            partition=self.counts.per,
            order="log_partition, lane",
            columns={SIZE: INT},
            cached=self.counts.cached,
            version=self.version,
        )

    @cached_property
    def counted_by(self) -> Callable[[Key], Key]:
        """From a row's whole key, the values for each of which this is counted."""
        per = self.counts.per_columns if self.counts else ()
        places = [self.key_columns.index(name) for name in per]
        return itemgetter(*places) if len(places) > 1 else lambda key: tuple(key[place] for place in places)

    def lacking(self, stored: "Table") -> Row:
        """What columns read as that rows do not have which are stored as that table says."""
        return {name: self.defaults.get(name) for name in self.types if name not in stored.types}

    def at(self, version: int) -> "Table":
        """As one version of its projection has it."""
        return replace(self, version=version)

    @cached_property
    def stored_name(self) -> str:
        """Of its storage: the first version has the table's own name."""
        return self.name if self.version == 1 else f"{self.name}_v{self.version}"

    @property
    def with_sizes(self) -> "list[Table]":
        """This, and where its counts live if it is counted: all that storage is made for."""
        return [self, self.sizes] if self.counts else [self]

    @cached_property
    def stamped_columns(self) -> tuple[str, ...]:
        """The declared columns that a stamp tells, too: the count, where rows are counts."""
        return (SIZE,) if SIZE in self.columns else ()

    def cache_key(self, key: Key) -> str:
        """Under which a query caches the row with this key, or the size for these `per` values."""
        return f"{self.name}:{key[0] if len(key) == 1 else orjson.dumps(key).decode()}"

    def partition_cache_key(self, partition: Key) -> str:
        """Under which a query caches what it made of a partition."""
        if self.part_of:
            return f"{self.part_of}/all:{partition[0]}"
        return f"{self.name}/all:{partition[0] if len(partition) == 1 else orjson.dumps(partition).decode()}"

    def key(self, row: Row) -> Key:
        """The key of a row."""
        return self._key_of(row)

    @cached_property
    def _key_of(self) -> Callable[[Row], Key]:
        """Asked of every row that is ever written."""
        names = self.key_columns
        if len(names) == 1:
            (name,) = names
            return lambda row: (row[name],)
        return itemgetter(*names)


def key_type(name: str) -> ColumnType:
    """The type of a key column, which follows from its name."""
    if name.endswith("_at"):
        return TIME
    return INT if name in {"bucket", "salt", "log_partition", "log_offset"} else TEXT


def _names(declared: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in declared.split(",") if name.strip())
