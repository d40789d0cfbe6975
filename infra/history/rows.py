"""What entries of the log are in the tables that analysts have: Arrow batches, made column by column."""

from collections.abc import Sequence
from typing import Any

import orjson
import pyarrow as pa
from pydantic import TypeAdapter

from commands.ports import Entry
from events.envelope import Event
from events.personal import REDACTED
from infra.history.columns import ENVELOPE, EVENTS, Column, Columns
from infra.history.reading import Readable
from processors.planning import Poison

Values = tuple[Any, ...]
WHO_AND_WHERE = pa.schema(ENVELOPE)
PLAIN = TypeAdapter(Any).dump_python
"""Tells what has parts of its own in terms of lists and mappings."""


def envelopes(page: Sequence[Readable]) -> pa.RecordBatch:
    """The columns that every table has."""
    raws = [one.raw for one in page]
    places = [one.entry.position for one in page]
    said: dict[str, list[Any]] = {
        "event_id": [raw["id"] for raw in raws],
        "at": [raw["at"] for raw in raws],
        "stream": [raw["stream"] for raw in raws],
        "stream_version": [raw["version"] for raw in raws],
        "actor": [raw["actor"] for raw in raws],
        "subject": [raw["subject"] for raw in raws],
        "correlation_id": [raw["correlation"] for raw in raws],
        "causation_id": [raw["causation"] for raw in raws],
        "schema_version": [one.schema_version for one in page],
        "topic": [place.topic for place in places],
        "partition": [place.partition for place in places],
        "position": [place.offset for place in places],
    }
    return pa.RecordBatch.from_arrays([pa.array(said[name], type_) for name, type_ in ENVELOPE], schema=WHO_AND_WHERE)


def events_batch(page: Sequence[Readable], envelope: pa.RecordBatch) -> pa.RecordBatch:
    """Their rows among all events."""
    arrays = {
        **{name: envelope.column(name) for name, _ in ENVELOPE},
        "type": pa.array([one.stem for one in page], pa.string()),
        "data": pa.array([orjson.dumps(one.raw["data"]).decode() for one in page], pa.string()),
    }
    return pa.RecordBatch.from_arrays([arrays[name] for name in EVENTS.names], schema=EVENTS)


def typed_batch(events: Sequence[Event], envelope: pa.RecordBatch, columns: Columns, *, clear: bool) -> pa.RecordBatch:
    """Events of one type in its table; what is personal in clear where its key was there, or as it is sealed."""
    schema = columns.clear if clear else columns.sealed
    arrays = [pa.array(_values(events, one, clear), schema.field(one.name).type) for one in columns.fields]
    return pa.RecordBatch.from_arrays([*envelope.columns, *arrays], schema=schema)


def unreadable_row(entry: Entry, poison: Poison) -> Values:
    """What is known of what cannot be read."""
    who, place = (entry.event_id, entry.at, entry.type, entry.stream, entry.version), entry.position
    return (*who, place.topic, place.partition, place.offset, poison.code, poison.field)


def batch(schema: pa.Schema, rows: Sequence[Values]) -> pa.RecordBatch:
    """Rows as Arrow has them."""
    by_column = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = [pa.array(values, field.type) for values, field in zip(by_column, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _values(events: Sequence[Event], column: Column, clear: bool) -> list[Any]:
    values = [getattr(event, column.field) for event in events]
    if not column.personal:
        return _dumped(values, column) if column.dumped else values
    if not clear:
        return [value if isinstance(value, str) else None for value in values]
    known = [None if value is REDACTED else value for value in values]
    return _dumped(known, column) if column.dumped else known


def _dumped(values: Sequence[Any], column: Column) -> list[Any]:
    plain: list[Any] = PLAIN(values)
    return [None if one is None else orjson.dumps(one).decode() for one in plain] if column.as_text else plain
