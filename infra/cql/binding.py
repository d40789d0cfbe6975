"""Binding values to a prepared statement: what the driver does, with what is the same for every row found out once."""

import struct
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from cassandra.query import BoundStatement, PreparedStatement

Pack = Callable[[Any], bytes]
PLAIN: Mapping[str, Pack] = {
    "text": str.encode,
    "varchar": str.encode,
    "bigint": struct.Struct(">q").pack,
    "boolean": struct.Struct(">?").pack,
}
"""By CQL type, how a value travels; all others go the driver's way."""


class Binding:
    """One prepared statement. Every row that is ever written goes through it."""

    def __init__(self, prepared: PreparedStatement) -> None:
        self._unbound = vars(BoundStatement(prepared))
        self._packs = [_pack(column.type, prepared.protocol_version) for column in prepared.column_metadata]

    def __call__(self, values: Sequence[Any]) -> BoundStatement:
        """Ready to be sent. Raises TypeError for a value that a column does not hold, ValueError for too few or too
        many."""
        bound = BoundStatement.__new__(BoundStatement)
        bound.__dict__.update(self._unbound, raw_values=values)
        try:
            bound.values = [
                None if value is None else pack(value) for pack, value in zip(self._packs, values, strict=True)
            ]
        except struct.error as error:
            raise TypeError(str(error)) from error
        return bound


def _pack(column_type: Any, protocol_version: int) -> Pack:
    plain = PLAIN.get(column_type.typename)
    return plain or partial(_by_the_driver, column_type, protocol_version)


def _by_the_driver(column_type: Any, protocol_version: int, value: Any) -> bytes:
    packed: bytes = column_type.serialize(value, protocol_version)
    return packed
