"""Rows: what an entry of the log is in the tables that analysts have, and the Arrow batches of such rows."""

from collections.abc import Sequence
from typing import Any

import orjson
import pyarrow as pa

from commands.ports import Entry
from events.personal import REDACTED
from infra.history.columns import Columns
from infra.history.reading import Told
from processors.planning import Poison

Values = tuple[Any, ...]


def event_row(one: Told, envelope: Values) -> Values:
    """Its row among all events."""
    return (envelope[0], one.stem, *envelope[1:], orjson.dumps(one.raw["data"]).decode())


def typed_row(one: Told, envelope: Values, columns: Columns, *, clear: bool) -> Values:
    """Its row in the table of its type; what is personal in clear where its key was there, or as it is sealed."""
    stored = one.raw["data"]
    said = one.recorded.event.model_dump(exclude=None if clear else columns.sealed_fields)
    fields = []
    for column in columns.fields:
        if column.personal and not clear:
            value = stored.get(column.field)
            fields.append(value if isinstance(value, str) else None)
        elif column.as_text:
            fields.append(_text(said[column.field]))
        else:
            value = said[column.field]
            fields.append(None if value is REDACTED else value)
    return (*envelope, *fields)


def unreadable_row(entry: Entry, poison: Poison) -> Values:
    """What is known of what cannot be read."""
    who, place = (entry.event_id, entry.at, entry.type, entry.stream, entry.version), entry.position
    return (*who, place.topic, place.partition, place.offset, poison.code, poison.field)


def batch(schema: pa.Schema, rows: Sequence[Values]) -> pa.RecordBatch:
    """Rows as Arrow has them."""
    by_column = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = [pa.array(values, field.type) for values, field in zip(by_column, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def envelope_of(one: Told) -> Values:
    """What every row of it begins with."""
    said, place = one.recorded, one.entry.position
    who = said.actor, one.raw["subject"], said.correlation, said.causation
    where = place.topic, place.partition, place.offset
    return (said.id, said.at, said.stream, said.version, *who, one.schema_version, *where)


def _text(value: Any) -> str | None:
    return None if value is None or value is REDACTED else orjson.dumps(value).decode()
