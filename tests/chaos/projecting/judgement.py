"""What must hold once all of the log is read: every table, every count and every feed is the reference model's."""

from collections.abc import Mapping, Sequence
from typing import Any

from events.codec import Keys
from events.personal import unseal
from infra.cql.session import CqlSession
from infra.cql.table_values import loaded
from projections.all import PROJECTIONS
from schemas.tables import Table
from tests.chaos.patience import PatientWire
from tests.chaos.readers import Reader
from tests.chaos.write_faults.ledger import patiently
from tests.reference.compare import differences
from tests.reference.log import LogEvent, facts_in
from tests.reference.model import readable
from tests.reference.tables import Counts, counts_of, rows_of

SHOWN = 10
"""Differences that are said."""


async def assert_tables(session: CqlSession, log: Sequence[LogEvent], keys: Keys) -> dict[str, int]:
    """Every row of every declared table, and every count. How many rows each has."""

    def opened(event: LogEvent, field: str) -> Any:
        return unseal(event.data[field], keys[event.actor], event.event_id, field)

    expected = rows_of(log, opened)
    wrong: list[str] = []
    for table in [table for projection in PROJECTIONS for table in projection.tables]:
        stored = await patiently(lambda one=table: _stored(session, one))  # type: ignore[misc]
        due = expected.get(table.name, {})
        wrong += [f"{table.name} lacks {key}" for key in due.keys() - stored.keys()]
        wrong += [f"{table.name} has {key}" for key in stored.keys() - due.keys()]
        for key in due.keys() & stored.keys():
            said = {name: stored[key][name] for name in due[key]}
            if said != due[key]:
                wrong.append(f"{table.name} {key} says {said}, not {due[key]}")
        wrong += await _miscounted(session, table, counts_of(expected))
    assert wrong == [], f"{len(wrong)} differences: {wrong[:SHOWN]}"
    return {name: len(rows) for name, rows in expected.items()}


async def assert_shown(wire: PatientWire, log: Sequence[LogEvent], posts: Sequence[str]) -> None:
    """What HTTP shows of every account, and of these posts: its feed, its grid, counts, likers, comments."""
    expected = readable(facts_in(log))
    seen = await Reader(wire, limit=100).everything(sorted(expected.accounts), posts)
    of_these = {post: view for post, view in expected.posts.items() if post in set(posts)}
    wrong = differences(type(expected)(expected.accounts, of_these), seen)
    assert wrong == [], f"{len(wrong)} differences: {wrong[:SHOWN]}"


async def _stored(session: CqlSession, table: Table) -> dict[tuple[Any, ...], Mapping[str, Any]]:
    """Every present row, wherever it is."""
    records = await session.execute(f'SELECT * FROM "table_{table.name}"')
    return {table.key(record): loaded(table, record) for record in records if record["_present"]}


async def _miscounted(session: CqlSession, table: Table, counts: Counts) -> list[str]:
    if table.counts is None:
        return []
    sizes: dict[tuple[Any, ...], int] = {}
    for key, row in (await patiently(lambda: _stored(session, table.sizes))).items():
        of = key[: len(table.sizes.partition_columns)]
        sizes[of] = sizes.get(of, 0) + row["size"]
    due = counts[table.name]
    keys = sorted(sizes.keys() | due.keys())
    return [
        f"{table.name} counts {sizes.get(key, 0)} of {key}, not {due.get(key, 0)}"
        for key in keys
        if sizes.get(key, 0) != due.get(key, 0)
    ]
