"""How fast `photolog log export` writes Parquet, beside a bare loop that reads the same log, and in how much memory.

    .venv/bin/python -m tests.bench.export [EVENTS [GRAPH.csv EDGES]] [--cluster]

The log is an embedded site's, or on the broker that PHOTOLOG_KAFKA names; what it tells: told.py. With a graph, the
first so many of its edges come before, by `photolog import` (embedded), as accounts that follow each other. The command
is a process of its own; once more it is killed twice on its way and goes on, and both are compared with the log by
event id.
"""

import argparse
import asyncio
import json
import os
import tempfile
import uuid
from itertools import islice
from pathlib import Path
from typing import Any

from tests.bench.export.command import event_ids, exported, killed, segments
from tests.bench.export.sites import Folder, Site, Topics
from tests.bench.export.told import SEED, rows
from tests.bench.importing import both_ways, imported, people
from tests.bench.reports import report

EVENTS = 200_000


def brought_in(site: Path, graph: Path, edges: int) -> int:
    """The first edges of a graph, and who they are between, by the command; how many events that made."""
    follows = list(islice(both_ways(graph), 2 * edges))
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as lines:
        for row in people(sorted({end for edge in follows for end in edge})):
            lines.write(json.dumps(row) + "\n")
        lines.writelines(json.dumps({"follower": one, "followee": other}) + "\n" for one, other in follows)
        lines.flush()
        return int(imported(site, Path(lines.name))["events"])


async def measured(site: Site, folder: Path, events: int) -> dict[str, Any]:
    """Fills the log, reads it bare, and has it exported: at once, and with two kills."""
    await site.fill(rows(events))
    loop, loop_cpu = await site.bare()
    ids = await site.logged()
    whole, cut, cut_at = folder / "export", folder / "cut", list[int]()
    run = exported(site.settings, whole)
    assert event_ids(whole) == ids
    for _ in range(2):
        killed(site.settings, cut, run["seconds"] / 3)
        cut_at.append(segments(cut))
    exported(site.settings, cut)
    assert event_ids(cut) == ids, "killed twice and gone on"
    rate = len(ids) / run["seconds"]
    return {
        "events": len(ids),
        "bare_events_per_s": round(len(ids) / loop),
        "bare_cpu_seconds": round(loop_cpu, 1),
        **run,
        "events_per_s": round(rate),
        "of_bare": round(rate * loop / len(ids), 2),
        "of_bare_by_cpu": round(loop_cpu / run["cpu_seconds"], 2),
        "segments_at_the_kills": cut_at,
        "killed_twice": "no row doubled or missing",
    }


def on_topics(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """On brokers."""

    async def run() -> dict[str, Any]:
        site = Topics(os.environ["PHOTOLOG_KAFKA"], f"bench{uuid.uuid4().hex[:8]}")
        try:
            return await measured(site, folder, options.events)
        finally:
            await site.clear()

    return asyncio.run(run())


def in_folder(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """In a data folder."""
    data = folder / "site"
    known = brought_in(data, options.graph, options.edges) if options.graph else 0
    return {**asyncio.run(measured(Folder(data), folder, options.events - known)), "of_them_imported": known}


def main() -> None:
    """Measures, and writes the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int, nargs="?", default=EVENTS)
    parser.add_argument("graph", type=Path, nargs="?")
    parser.add_argument("edges", type=int, nargs="?", default=0)
    parser.add_argument("--cluster", action="store_true")
    options = parser.parse_args()
    graph = [options.graph.name, str(options.edges)] if options.graph else []
    said = ["python -m tests.bench.export", str(options.events), *graph, *(["--cluster"] if options.cluster else [])]
    with tempfile.TemporaryDirectory() as folder:
        found = (on_topics if options.cluster else in_folder)(options, Path(folder))
    report("export-cluster" if options.cluster else "export", " ".join(said), found, {"seed": SEED})


if __name__ == "__main__":
    main()
