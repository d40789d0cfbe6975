"""Row values: what a declared table stores of a row, in the order of its columns. Asked by the Tables adapters of every
row that is ever written."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from schemas.tables import ColumnType as Type
from schemas.tables import Key, Row, Table

_PYTHON: Mapping[Type, type] = {Type.TEXT: str, Type.INT: int, Type.BOOL: bool, Type.TIME: int, Type.JSON: object}


class RowValues:
    """Of one table. Whether values may be stored is a matter of their types alone, and rows are of a few kinds: each
    kind is looked at once."""

    def __init__(self, table: Table, written: Callable[[Any], Any]) -> None:
        """`written`: how a JSON value is stored."""
        self._table = table
        self._written = written
        columns = [name for name in table.types if name not in table.key_columns]
        self._columns = _getter(columns)
        self._nothing = (None,) * len(columns)
        self._json = [place for place, kind in enumerate(table.types.values()) if kind is Type.JSON]
        self._right: set[tuple[type, ...]] = set()

    def __call__(self, key: Key, row: Row | None) -> list[Any]:
        """Of the row under this whole key; of a deleted one the key alone. Raises TypeError for what the declaration
        does not allow."""
        try:
            values = [*key, *(self._nothing if row is None else self._columns(row))]
        except KeyError:
            missing = self._table.types.keys() - (row or {}).keys()
            raise TypeError(f"a row of {self._table.name} lacks {', '.join(sorted(missing))}") from None
        kinds = tuple(map(type, values))
        if kinds not in self._right:
            self._check(values)
            self._right.add(kinds)
        for place in self._json:
            if values[place] is not None:
                values[place] = self._written(values[place])
        return values

    def _check(self, values: Sequence[Any]) -> None:
        table = self._table
        for (name, kind), value in zip(table.types.items(), values, strict=True):
            if value is None and name in table.key_columns:
                raise TypeError(f"a key of {table.name} holds None in {name}")
            number = kind in {Type.INT, Type.TIME}
            if value is not None and (not isinstance(value, _PYTHON[kind]) or (number and isinstance(value, bool))):
                raise TypeError(f"{table.name}.{name} holds {kind.value}, not {type(value).__name__}")


def _getter(names: Sequence[str]) -> Callable[[Row], Sequence[Any]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda row: [row[name] for name in names]
