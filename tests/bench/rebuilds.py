"""Embedded: each projection is built again from the log and compared with it, beside a bare loop over the same entries.

    .venv/bin/python -m tests.bench.rebuilds [--events 50000] [--seed 1]

The bare loop reads the log as the rebuild does, decodes nothing, and writes the rows that the rebuild wrote, by one
statement a table and batch, into tables without anything else. Writes tests/bench/results/rebuilds.json.
"""

import argparse
import asyncio
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from infra.process.bulk import works_in_bulk
from infra.process.settings import Settings
from infra.versions.orders import Orders
from infra.wiring.operating import operating
from projections.all import PROJECTIONS
from projections.effects import Projection
from tests.bench.embedded_reads import filled
from tests.bench.reports import report

READ = 500


async def measured(data: Path, options: argparse.Namespace) -> dict[str, Any]:
    """One projection after the other, each beside its own bare loop."""
    await filled(data, options.events, options.seed)
    settings = Settings(data=data)
    found = {}
    works_in_bulk()
    async with operating(settings) as site:
        orders = Orders.of(site, settings, lambda _line: None)
        for projection in PROJECTIONS:
            figures = await one(orders, projection, data)
            if figures["events"]:
                found[projection.name] = figures
    return found


async def one(orders: Orders, projection: Projection, data: Path) -> dict[str, float]:
    """A rebuild, which ends with its comparison, the comparison alone, and the bare loop."""
    ends = {
        place: end for place, end in (await orders.feeder.write.log.ends()).items() if place[0] in projection.topics
    }
    events = sum(ends.values())
    began = time.perf_counter()
    verdict = await orders.rebuild(projection.name, asyncio.Event())
    whole = time.perf_counter() - began
    assert verdict is not None
    assert verdict.is_right, verdict.named
    began = time.perf_counter()
    await orders.compared(projection.name, 2)
    compared = time.perf_counter() - began
    began = time.perf_counter()
    for place, end in ends.items():
        for start in range(0, end, READ):
            await orders.feeder.write.log.read(*place, start, READ)
    await asyncio.to_thread(bare_writes, projection, data)
    bare = time.perf_counter() - began
    built = whole - compared
    return {
        "events": events,
        "rows": verdict.rows,
        "built_events_per_s": round(events / built),
        "verified_events_per_s": round(events / compared),
        "bare_events_per_s": round(events / bare),
        "built_to_bare": round(bare / built, 2),
    }


def bare_writes(projection: Projection, data: Path) -> None:
    """The rows of the new version again, into a file of their own."""
    with closing(sqlite3.connect(data / "views.sqlite")) as source, tempfile.TemporaryDirectory() as folder:
        target = sqlite3.connect(Path(folder, "bare.sqlite"), isolation_level=None)
        target.execute("PRAGMA journal_mode=WAL")
        for table in projection.tables:
            name = f"table_{table.at(2).stored_name}"
            (made,) = source.execute("SELECT sql FROM sqlite_master WHERE name = ?", [name]).fetchone()
            target.execute(made)
            rows = source.execute(f'SELECT * FROM "{name}"')
            while some := rows.fetchmany(READ):
                target.execute("BEGIN")
                marks = ", ".join("?" * len(some[0]))
                target.executemany(f'INSERT INTO "{name}" VALUES ({marks})', some)
                target.execute("COMMIT")
        target.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rebuilds", description=__doc__)
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "data")
        data.mkdir()
        found = asyncio.run(measured(data, options))
    report("rebuilds", "python -m tests.bench.rebuilds", found, vars(options))


if __name__ == "__main__":
    main()
