"""Who has seen what, as analysts have it: the table `views`, a row for each view of what is kept apart from the log.

It forgets its beginning after 90 days, and so does an export that goes on. Adapters: infra/sqlite/seen.py and
infra/kafka/seen.py.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from commands.ports.views import KEPT_MS
from infra.history.columns import TIME
from infra.history.source import Offsets
from schemas.ids import Millis
from schemas.positions import Partition

VIEWS_TABLE, VIEWS_TOPIC = "views", "photolog.views"
SEEN = pa.schema(
    [
        ("at", TIME),
        ("viewer", pa.string()),
        ("post_id", pa.string()),
        ("surface", pa.string()),
        ("rank", pa.int64()),
        ("dwell_ms", pa.int64()),
        ("partition", pa.int32()),
        ("position", pa.int64()),
    ]
)
"""`viewer` is a pseudonym; what one request has reported is at one position."""
DAY_MS = 86_400_000


class Report(NamedTuple):
    """What was reported at once."""

    partition: int
    position: int
    wire: bytes


class Seen(Protocol):
    """All that is kept. Creates nothing."""

    def read(self, starts: Offsets) -> AsyncIterator[Sequence[Report]]:
        """From `starts` on, or from where it begins by now, to where it ends now: lists of one partition each, in its
        order. Raises Unavailable."""


def rows_of(reports: Sequence[Report]) -> list[dict[str, Any]]:
    """A row for each view."""
    return [
        {**view, "at": said["at"], "viewer": said["viewer"], "partition": one.partition, "position": one.position}
        for one, said in ((one, orjson.loads(one.wire)) for one in reports)
        for view in said["views"]
    ]


def behind(reports: Sequence[Report]) -> tuple[Partition, int]:
    """Where to go on after these."""
    return Partition(VIEWS_TOPIC, reports[-1].partition), reports[-1].position + 1


def first_day(now: Millis) -> int:
    """The first of which anything is kept."""
    return (now - KEPT_MS) // DAY_MS


async def written(seen: Seen, file: Path) -> Mapping[str, Sequence[Path]]:
    """All that is kept, in a Parquet file; by table."""
    with pq.ParquetWriter(file, SEEN, compression="zstd") as target:
        async for reports in seen.read({}):
            target.write_batch(pa.RecordBatch.from_pylist(rows_of(reports), SEEN))
    return {VIEWS_TABLE: [file]}
