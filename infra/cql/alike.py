"""Keys that one query can be asked for: those that differ in one column alone. Used by CqlTables."""

from collections.abc import Iterable, Sequence
from typing import Any

from infra.cql.table_values import unstorable, whole
from schemas.tables import Key, Table


def alike(
    table: Table, columns: Sequence[str], keys: Sequence[Key], varies: int, most: int
) -> Iterable[tuple[Key, list[Any]]]:
    """Keys that differ in one column alone, `most` at a time: their other values, and what stands in that one."""
    groups: dict[Key, list[Any]] = {}
    for key in dict.fromkeys(keys):
        whole(table, columns, key)
        if not unstorable(table, key):
            groups.setdefault(key[:varies] + key[varies + 1 :], []).append(key[varies])
    return (
        (others, values[start : start + most])
        for others, values in groups.items()
        for start in range(0, len(values), most)
    )
