"""`as-of` at three earlier moments, every table, is what the reference model makes of the events until then; on a log
with late duplicates, two versions of a type, dead letters and a subject whose key is gone."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

from events.codec import encode
from infra.history.as_of import AsOf, declared
from infra.wiring.history import opened_history
from schemas.tables import ColumnType
from tests.integration.history.story import DAY, Story
from tests.reference.log import LogEvent, log_event
from tests.reference.tables import TABLES, rows_of
from tests.unit.samples import NOON

BY_PERSONAL = {"usernames", "addresses", "confirmed_emails"}
"""Tables by what is personal: without keys there is none."""
FED_WITH_WHAT_REPLACES = "comments"
"""Whose letter it was that an operator replaced: the others go on without it."""
PUBLISHED_AFTER = 5_000
"""Milliseconds from an upload in the story: the model knows nothing of what is not published yet."""
Row = dict[str, Any]


def held(data: Path) -> Iterator[LogEvent]:
    """What the log holds and can be read."""
    with closing(sqlite3.connect(data / "log.sqlite")) as log:
        columns = "topic, partition, offset, stream, version, event_id, type, wire"
        for row in log.execute(f"SELECT {columns} FROM log"):
            if row[-1].startswith(b"{"):
                yield log_event(*row)


def replaced(told: Story) -> LogEvent:
    """What stands for the letter."""
    one = next(one for one in told.told if one.id == told.replaced)
    place = told.first[one.id]
    wire = encode(one, {one.subject: bytes(32)})
    return log_event(place.topic, place.partition, place.offset, one.stream, one.version, one.id, one.type, wire)


def plain(value: Any, type_: ColumnType) -> Any:
    """As the model says it."""
    if value is None:
        return None
    if type_ is ColumnType.TIME:
        return round(value.timestamp() * 1000)
    return orjson.loads(value) if type_ is ColumnType.JSON else value


async def folded(told: Story, table: str, at: int, file: Path) -> dict[tuple[Any, ...], Row]:
    async with opened_history(told.settings) as source:
        await AsOf(source, table, at).write(file, lambda _: None)
    _, shape = declared(table)
    rows = pq.ParquetFile(file).read().to_pylist()
    said = [{name: plain(value, shape.types[name]) for name, value in row.items()} for row in rows]
    return {shape.key(row): row for row in said}


@pytest.mark.parametrize("day", [1, 2, 3])
async def test_every_table_at_a_moment_is_what_the_model_makes_of_what_had_happened(
    told: Story, tmp_path: Path, day: int
) -> None:
    at, log, full = NOON + day * DAY + PUBLISHED_AFTER, list(held(told.settings.data)), 0
    for table in sorted(set(TABLES) - BY_PERSONAL):
        events = [*log, replaced(told)] if table == FED_WITH_WHAT_REPLACES else log
        due = rows_of([one for one in events if one.at <= at], lambda _event, _field: "")[table]
        found = await folded(told, table, at, tmp_path / f"{table}.parquet")
        assert found.keys() == due.keys(), table
        for key, row in due.items():
            known = {name: value for name, value in row.items() if name in found[key]}
            assert {name: found[key][name] for name in known} == json.loads(json.dumps(known)), table
        full += bool(due)
    assert full >= 6
