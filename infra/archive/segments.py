"""A segment: what the log holds of one partition between two offsets, as one Parquet file. Every byte of every event.

Its rows stand in groups of GROUP, so an offset says which group it is in.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from commands.ports import Entry
from infra.history.columns import PLACE, TIME
from schemas.ids import EventId
from schemas.positions import Position

SCHEMA = pa.schema(
    [
        *PLACE,
        ("at", TIME),
        ("event_id", pa.string()),
        ("type", pa.string()),
        ("stream", pa.string()),
        ("stream_version", pa.int64()),
        ("wire", pa.binary()),
    ]
)
"""An entry of the log. `at` is when the log took it; `wire` is the event as it was stored, personal fields sealed."""
GROUP = 1_000
CHUNK = 1 << 20


class Content:
    """The digest of entries, whatever holds them."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def take(self, entries: Sequence[Entry]) -> None:
        """The next entries."""
        for one in entries:
            where = one.position
            said = where.topic, where.partition, where.offset, one.at, one.event_id, one.type, one.stream, one.version
            self._digest.update(orjson.dumps([*said, len(one.wire)]))
            self._digest.update(one.wire)

    @property
    def hex(self) -> str:
        return self._digest.hexdigest()


class SegmentFile:
    """A segment that is written: `add` entries in their order, then `close`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.content = Content()
        self.bytes = 0
        """Of the events that it holds."""
        self.first: Entry | None = None
        self.last: Entry | None = None
        self._waiting: list[Entry] = []
        self._writer = pq.ParquetWriter(path, SCHEMA, compression="zstd")

    def add(self, entries: Sequence[Entry]) -> None:
        """The next entries of its partition."""
        if not entries:
            return
        self.first, self.last = self.first or entries[0], entries[-1]
        self.content.take(entries)
        self.bytes += sum(len(one.wire) for one in entries)
        self._waiting += entries
        while len(self._waiting) >= GROUP:
            self._write(self._waiting[:GROUP])
            del self._waiting[:GROUP]

    def close(self) -> None:
        """Nothing more comes."""
        if self._waiting:
            self._write(self._waiting)
        self._writer.close()

    def _write(self, entries: Sequence[Entry]) -> None:
        columns = zip(*map(_values, entries), strict=True)
        arrays = [pa.array(values, field.type) for values, field in zip(columns, SCHEMA, strict=True)]
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=SCHEMA), row_group_size=GROUP)


def group(path: Path, number: int) -> list[Entry]:
    """One group of a segment's rows, as the log gave them."""
    with pq.ParquetFile(path) as file:
        rows = file.read_row_group(number)
    at = rows.schema.get_field_index("at")
    rows = rows.set_column(at, "at", rows.column(at).cast(pa.int64()))
    columns = [column.to_pylist() for column in rows.columns]
    return [
        Entry(Position(topic, partition, offset), stream, version, EventId(event_id), type_, wire, taken)
        for topic, partition, offset, taken, event_id, type_, stream, version, wire in zip(*columns, strict=True)
    ]


def groups(path: Path) -> Iterator[list[Entry]]:
    """All of them, in order."""
    with pq.ParquetFile(path) as file:
        number = file.num_row_groups
    return (group(path, one) for one in range(number))


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hex digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _values(entry: Entry) -> tuple[object, ...]:
    place = entry.position
    who = entry.event_id, entry.type, entry.stream, entry.version
    return (place.topic, place.partition, place.offset, entry.at, *who, entry.wire)
