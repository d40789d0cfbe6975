"""Columns: a flattened Arrow schema for each event type, and the one of all events. Derived from the types.

A field has the column of its name; one that is called as a column of the envelope gets `data_` before it. Times are
timestamps in UTC. What has no columns of its own (a union, a mapping) is JSON in a text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, get_args

import pyarrow as pa
from pydantic import TypeAdapter

from events.envelope import EVENT_TYPES, Event, stem_and_version
from events.personal import Redacted, Sealed
from infra.event_schemas.files import Json
from infra.history.catalogue import table_name

EVENTS_TABLE, UNREADABLE_TABLE = "events", "unreadable"
TIME = pa.timestamp("ms", tz="UTC")
PLACE = [("topic", pa.string()), ("partition", pa.int32()), ("position", pa.int64())]
ENVELOPE = [
    ("event_id", pa.string()),
    ("at", TIME),
    ("stream", pa.string()),
    ("stream_version", pa.int64()),
    ("actor", pa.string()),
    ("subject", pa.string()),
    ("correlation_id", pa.string()),
    ("causation_id", pa.string()),
    ("schema_version", pa.int32()),
    *PLACE,
]
"""What every event has, in every table. `schema_version` is the one that it was stored under."""
EVENTS = pa.schema([ENVELOPE[0], ("type", pa.string()), *ENVELOPE[1:], ("data", pa.string())])
"""All events. `data` is JSON as the log holds it, personal fields sealed."""
UNREADABLE = pa.schema(
    [
        ("event_id", pa.string()),
        ("at", TIME),
        ("type", pa.string()),
        ("stream", pa.string()),
        ("stream_version", pa.int64()),
        *PLACE,
        ("code", pa.string()),
        ("field", pa.string()),
    ]
)
"""What the log holds and nobody can read: never a value, only what is wrong and where. `at` is when the log took it."""


@dataclass(frozen=True)
class Column:
    """One field of an event."""

    name: str
    field: str
    type: Any
    """Of its value in clear."""
    personal: bool
    as_text: bool
    """Whether it is JSON in a text."""

    @property
    def dumped(self) -> bool:
        """Whether a value has parts of its own, which are told apart first."""
        return self.as_text or pa.types.is_nested(getattr(self.type, "value_type", self.type))


@dataclass(frozen=True)
class Columns:
    """One event type's table."""

    table: str
    event_type: type[Event]
    fields: tuple[Column, ...]

    @cached_property
    def sealed(self) -> pa.Schema:
        """As it is exported: what is personal is a base64 string, encrypted, whatever its type."""
        return self._schema(lambda column: pa.string() if column.personal else column.type)

    @cached_property
    def clear(self) -> pa.Schema:
        """As it is queried: what is personal has its own type, and is null where it is redacted."""
        return self._schema(lambda column: column.type)

    @cached_property
    def sealed_fields(self) -> set[str]:
        """The fields that are personal."""
        return {column.field for column in self.fields if column.personal}

    @property
    def personal(self) -> list[str]:
        """The columns that are."""
        return [column.name for column in self.fields if column.personal]

    def _schema(self, type_of: Any) -> pa.Schema:
        return pa.schema([*ENVELOPE, *((column.name, type_of(column)) for column in self.fields)])


@cache
def all_columns() -> Mapping[str, Columns]:
    """Of every event type there is today, by `noun.verb`."""
    return {stem_and_version(name)[0]: columns_of(event_type) for name, event_type in sorted(EVENT_TYPES.items())}


def columns_of(event_type: type[Event]) -> Columns:
    """The table of an event type."""
    taken = {name for name, _ in ENVELOPE}
    fields = []
    for field, info in event_type.model_fields.items():
        kind: Any = info.annotation
        personal = any(isinstance(mark, Sealed) for mark in info.metadata)
        if personal:
            kind = next(one for one in get_args(kind) if one is not Redacted)
        schema = TypeAdapter(kind).json_schema(mode="serialization")
        found = arrow_type(field, schema, schema.get("$defs", {}))
        name = f"data_{field}" if field in taken else field
        fields.append(Column(name, field, found or pa.string(), personal, found is None))
    return Columns(table_name(stem_and_version(event_type.type_name)[0]), event_type, tuple(fields))


def arrow_type(name: str, node: Json, defs: Json) -> Any:
    """The type of a field, from its JSON Schema; None where it is only to be had as JSON."""
    if "$ref" in node:
        return arrow_type(name, defs[node["$ref"].rpartition("/")[2]], defs)
    if "anyOf" in node:
        kinds = [inner for inner in node["anyOf"] if inner.get("type") != "null"]
        return arrow_type(name, kinds[0], defs) if len(kinds) == 1 else None
    match node.get("type"):
        case "string":
            return pa.string()
        case "integer":
            return TIME if name.endswith("_at") else pa.int64()
        case "number":
            return pa.float64()
        case "boolean":
            return pa.bool_()
        case "array" if "items" in node:
            inner = arrow_type(name, node["items"], defs)
            return None if inner is None else pa.list_(inner)
        case "object" if "properties" in node:
            members = {part: arrow_type(part, inner, defs) for part, inner in node["properties"].items()}
            return None if None in members.values() else pa.struct(list(members.items()))
        case _:
            return None
