"""Keys that one query can be asked for. Used by CqlTables."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from infra.cql.table_values import unstorable, whole
from projections.ports import chunks
from schemas.tables import Key, Table

ACROSS = 20
"""Partitions that one query looks into, and rows that it looks for in each of several."""


def alike(table: Table, columns: Sequence[str], keys: Sequence[Key]) -> Iterable[tuple[Key, Sequence[Any]]]:
    """Keys that differ in their last column alone, MAX_KEYS at a time: the others, and what stands in that one."""
    groups: dict[Key, list[Any]] = {}
    for key in dict.fromkeys(keys):
        whole(table, columns, key)
        if not unstorable(table, key):
            groups.setdefault(key[:-1], []).append(key[-1])
    return ((others, some) for others, values in groups.items() for some in chunks(values))


def products(table: Table, columns: Sequence[str], keys: Sequence[Key]) -> Iterator[tuple[list[Any], ...]]:
    """Values by column, whose combinations are these keys and no others: often all of them at once."""
    for key in keys:
        whole(table, columns, key)
    return _products([key for key in dict.fromkeys(keys) if not unstorable(table, key)])


def _products(keys: Sequence[Key]) -> Iterator[tuple[list[Any], ...]]:
    if not keys or not keys[0]:
        yield from [()] * len(keys)
        return
    behind: dict[Key, list[Any]] = {}
    for key in keys:
        behind.setdefault(key[:-1], []).append(key[-1])
    before: dict[Key, list[Key]] = {}
    for others, values in behind.items():
        before.setdefault(tuple(values), []).append(others)
    for last, some in before.items():
        yield from ((*values, list(last)) for values in _products(some))


@dataclass
class Block:
    """Partitions, every combination of these values, and order keys that are looked for in each of them."""

    partitions: tuple[dict[Any, None], ...]
    """Values by partition column."""
    order: dict[Key, None]

    @property
    def is_one(self) -> bool:
        """Whether it is of one partition."""
        return all(len(values) == 1 for values in self.partitions)

    def takes(self, partition: Key, order: Sequence[Key]) -> bool:
        """Whether one more partition with these rows still fits."""
        columns = zip(self.partitions, partition, strict=True)
        combinations = prod(len(values) + (value not in values) for values, value in columns)
        return combinations <= ACROSS and len(self.order.keys() | order) <= ACROSS

    def add(self, partition: Key, order: Iterable[Key]) -> None:
        """One more partition."""
        for values, value in zip(self.partitions, partition, strict=True):
            values[value] = None
        self.order.update(dict.fromkeys(order))


def blocks(table: Table, keys: Iterable[Key]) -> list[Block]:
    """Blocks that cover these keys, and rows besides: a look for a row that is not there costs less than a query."""
    width = len(table.partition_columns)
    partitions: dict[Key, list[Key]] = {}
    for key in dict.fromkeys(keys):
        whole(table, table.key_columns, key)
        if not unstorable(table, key):
            partitions.setdefault(key[:width], []).append(key[width:])
    found: list[Block] = []
    shared: Block | None = None
    for partition, order in sorted(partitions.items(), key=lambda one: (one[0][1:], one[1][0])):
        if len(order) > ACROSS // 2:
            found += [_block(partition, some) for some in chunks(order)]
        elif shared is not None and shared.takes(partition, order):
            shared.add(partition, order)
        else:
            found.append(shared := _block(partition, order))
    return found


def _block(partition: Key, order: Iterable[Key]) -> Block:
    return Block(tuple({value: None} for value in partition), dict.fromkeys(order))
