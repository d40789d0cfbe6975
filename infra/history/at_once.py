"""Entries of one type made columns of at once, by Arrow's reader of JSON: no object is made of any of them.

Where it is not sure that every reader would read each of them, and the same, it says so: they are read one by one then.
"""

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from commands.ports import Entry
from events.envelope import EVENT_TYPES, stem_and_version
from infra.history.columns import EVENTS, EVENTS_TABLE, all_columns
from infra.history.shapes import Shape, shape_of

BEGINS, DATA, ENDS = b'{"', b'"data":', b"}}"
SAID = {
    "event_id": "id",
    "at": "at",
    "stream": "stream",
    "stream_version": "version",
    "actor": "actor",
    "subject": "subject",
    "correlation_id": "correlation",
    "causation_id": "causation",
}
"""What the columns of the envelope are called on the wire."""


class Unsure(ValueError):
    """They may not be what they seem."""


def made_at_once(name: str, entries: Sequence[Entry]) -> list[tuple[str, pa.RecordBatch]] | None:
    """Their rows by table, in their order; None where they are to be read one by one."""
    shape = shape_of(name) if name in EVENT_TYPES else None
    if shape is None:
        return None
    wires = [entry.wire for entry in entries]
    try:
        data = _texts(wires)
        said = _said(name, wires, shape)
    except ValueError:  # Arrow's, too, are
        return None
    stem, version = stem_and_version(name)
    columns, of_data = all_columns()[stem], said.column("data")
    envelope = _envelope(version, said, entries)
    events = {**envelope, "type": pa.repeat(stem, len(entries)), "data": data}
    typed = {**envelope, **{one.name: of_data.field(one.field) for one in columns.fields}}
    return [(EVENTS_TABLE, _batch(events, EVENTS)), (columns.table, _batch(typed, columns.sealed))]


def _batch(arrays: Mapping[str, pa.Array], schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([arrays[one.name].cast(one.type) for one in schema], schema=schema)


def _texts(wires: Sequence[bytes]) -> pa.Array:
    """The data of each, as it is stored: it is the last of an envelope, and nothing else of that is an object, as is
    looked at afterwards. One that is not whole is not made whole by the next: behind what ends so none may begin so.
    Raises ValueError."""
    if {wire[:2] for wire in wires} != {BEGINS} or {wire[-2:] for wire in wires} != {ENDS}:
        raise Unsure
    return pa.array([wire[wire.index(DATA) + len(DATA) : -1] for wire in wires], pa.binary())


def _said(name: str, wires: Sequence[bytes], shape: Shape) -> pa.RecordBatch:
    """What they say. Raises ValueError for what has not exactly the shape."""
    joined = b"\n".join(wires)
    table = pj.read_json(
        pa.BufferReader(joined),
        pj.ReadOptions(use_threads=False, block_size=len(joined) + 1),
        pj.ParseOptions(explicit_schema=shape.wire, unexpected_field_behavior="error"),
    )
    table.validate(full=True)  # texts are UTF-8
    if table.num_rows != len(wires) or len(batches := table.to_batches()) != 1:
        raise Unsure
    (said,) = batches
    data = said.column("data")
    if not pc.all(pc.equal(said.column("type"), name)).as_py() or not shape.chosen(data):
        raise Unsure
    for field in shape.optional:  # a null that is not said was left out
        nulls = data.field(field).null_count
        if nulls and nulls != joined.count(b'"%b":null' % field.encode()):
            raise Unsure
    return said


def _envelope(version: int, said: pa.RecordBatch, entries: Sequence[Entry]) -> dict[str, pa.Array]:
    """The columns that every table has."""
    places = [entry.position for entry in entries]
    return {
        **{column: said.column(field) for column, field in SAID.items()},
        "schema_version": pa.repeat(version, len(entries)),
        "topic": pa.array([place.topic for place in places], pa.string()),
        "partition": pa.array([place.partition for place in places], pa.int32()),
        "position": pa.array([place.offset for place in places], pa.int64()),
    }
