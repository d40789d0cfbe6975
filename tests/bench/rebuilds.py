"""Embedded: each projection is built again from the log and compared with it, beside a bare loop over the same entries.

    .venv/bin/python -m tests.bench.rebuilds [--events 50000] [--seed 1]

The bare loop reads the log as the rebuild does, decodes nothing, and writes the rows that the rebuild wrote, by one
statement a table and batch, into tables without anything else. Writes tests/bench/results/rebuilds.json. On a cluster:
rebuilds_cluster.py.
"""

import argparse
import asyncio
import os
import sqlite3
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.process.bulk import works_in_bulk
from infra.process.settings import Settings
from infra.versions.orders import Orders
from infra.wiring.operating import operating
from projections.all import PROJECTIONS
from projections.effects import Projection
from schemas.positions import Partition
from tests.bench.embedded_reads import filled
from tests.bench.reports import report

READ = 500


@dataclass
class Stages:
    """Hears what orders say, and notes when a rebuild came to what."""

    at: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)

    def __call__(self, line: str) -> None:
        for stage in ("is built", "is compared"):
            if stage in line:
                self.at[stage], self.cpu[stage] = time.perf_counter(), time.process_time()

    async def rebuilt(self, orders: Orders, projection: Projection, events: int) -> dict[str, float]:
        """A rebuild, which ends with its comparison. The load is what others of the machine did meanwhile, too."""
        verdict = await orders.rebuild(projection.name, asyncio.Event())
        now = time.perf_counter()
        assert verdict is not None
        assert verdict.is_right, verdict.named
        built, cpu = (of["is compared"] - of["is built"] for of in (self.at, self.cpu))
        return {
            "events": events,
            "rows": verdict.rows,
            "built_s": round(built, 3),
            "built_events_per_s": round(events / built),
            "built_events_per_cpu_s": round(events / cpu),
            "verified_events_per_s": round(events / (now - self.at["is compared"])),
            "load": round(os.getloadavg()[0], 1),
        }


async def due(orders: Orders, projection: Projection) -> dict[Partition, int]:
    """Where the log ends that a projection is built from."""
    ends = await orders.feeder.write.log.ends()
    return {Partition(*place): end for place, end in ends.items() if end and place[0] in projection.topics}


async def measured(data: Path, options: argparse.Namespace) -> dict[str, Any]:
    """One projection after the other, each beside its own bare loop."""
    await filled(data, options.events, options.seed)
    settings = Settings(data=data)
    found = {}
    works_in_bulk()
    async with operating(settings) as site:
        stages = Stages()
        orders = Orders.of(site, settings, stages)
        for projection in PROJECTIONS:
            if ends := await due(orders, projection):
                figures = await stages.rebuilt(orders, projection, sum(ends.values()))
                bare = await bare_loop(orders, projection, ends, data)
                ratio = {"bare_events_per_s": round(figures["events"] / bare)}
                found[projection.name] = {**figures, **ratio, "built_to_bare": round(bare / figures["built_s"], 2)}
    return {**found, "all": together(found)}


def together(found: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """What was found of one projection after the other, as of one rebuild of all."""
    events, built = (sum(one[name] for one in found.values()) for name in ("events", "built_s"))
    bare = sum(one["events"] / one["bare_events_per_s"] for one in found.values())
    rates = {"built_events_per_s": round(events / built), "bare_events_per_s": round(events / bare)}
    return {"events": events, "built_s": round(built, 3), **rates, "built_to_bare": round(bare / built, 2)}


async def bare_loop(orders: Orders, projection: Projection, ends: dict[Partition, int], data: Path) -> float:
    """Seconds."""
    began = time.perf_counter()
    for place, end in ends.items():
        for start in range(0, end, READ):
            await orders.feeder.write.log.read(*place, start, READ)
    await asyncio.to_thread(bare_writes, projection, data)
    return time.perf_counter() - began


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
