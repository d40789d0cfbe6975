"""Rows: what an entry of the log is in the tables that analysts have, and the Arrow batches of such rows."""

from collections.abc import Sequence
from typing import Any

import orjson
import pyarrow as pa

from commands.ports import Entry
from events.envelope import stem_and_version
from events.personal import Redacted
from infra.history.columns import Columns
from infra.history.reading import Told
from processors.planning import Poison

Values = tuple[Any, ...]


def event_row(one: Told) -> Values:
    """Its row among all events."""
    event_id, *rest = _envelope(one)
    return (event_id, one.stem, *rest, orjson.dumps(one.raw["data"]).decode())


def typed_row(one: Told, columns: Columns, *, clear: bool) -> Values:
    """Its row in the table of its type; what is personal in clear where its key was there, or as it is sealed."""
    event, stored = one.recorded.event, one.raw["data"]
    said = event.model_dump(exclude=None if clear else set(event.personal))
    fields = []
    for column in columns.fields:
        if column.personal and not clear:
            fields.append(value if isinstance(value := stored.get(column.field), str) else None)
            continue
        value = said.get(column.field)
        if isinstance(value, Redacted):
            value = None
        fields.append(orjson.dumps(value).decode() if column.as_text and value is not None else value)
    return (*_envelope(one), *fields)


def unreadable_row(entry: Entry, poison: Poison) -> Values:
    """What is known of what cannot be read."""
    who = entry.event_id, entry.at, entry.type, entry.stream, entry.version
    return (*who, *_place(entry), poison.code, poison.field)


def batch(schema: pa.Schema, rows: Sequence[Values]) -> pa.RecordBatch:
    """Rows as Arrow has them."""
    by_column = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = [pa.array(values, field.type) for values, field in zip(by_column, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _envelope(one: Told) -> Values:
    said, raw = one.recorded, one.raw
    who = said.actor, raw["subject"], said.correlation, said.causation
    _, version = stem_and_version(raw["type"])
    return (said.id, said.at, said.stream, said.version, *who, version, *_place(one.entry))


def _place(entry: Entry) -> Values:
    return entry.position.topic, entry.position.partition, entry.position.offset
