"""Live events a second of one worker, beside Faust alone on the same topics and the bare writes of the same rows.

    .venv/bin/python -m tests.bench.projections [--events 10000] [--seed 1] [--profile FILE]

One worker with every subscriber, mixed events, real servers. Faust alone: as many applications, whose agents do
nothing. Bare writes: each row and count by its own statement, by the driver, with nothing read before. Aim: 0.6 of the
tighter. Writes tests/bench/results/projections.json.
"""

import argparse
import asyncio
import cProfile
import json
import os
import platform
import random
import sys
import tempfile
import uuid
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, cast

from infra.cql.session import Statement
from infra.http.server import run
from infra.local.stack.stack import Stack
from infra.process.environment import load_settings
from infra.wiring import assembly, places
from infra.wiring.cluster import connected
from schemas.positions import Partition
from tests.bench.projections.appending import append, ready
from tests.bench.projections.ways import Noting, by_faust_alone, by_the_driver_alone, by_the_worker
from tests.bench.servers import servers
from tests.chaos.projecting.people import settled_by

PEOPLE = 60
RESULT = Path(__file__).parents[1] / "results" / "projections.json"


async def measured(stack: Stack, options: argparse.Namespace) -> dict[str, Any]:
    """The three ways, one after the other, over one log."""
    os.environ.update(stack.environment, PHOTOLOG_SITE=f"b{uuid.uuid4().hex[:12]}")
    settings = load_settings()
    async with connected(settings) as cluster:
        mixed = await settled_by(assembly.handler(cluster.write), PEOPLE, random.Random(options.seed))
        await cluster.write.log.append(mixed.settled())
        rows, noted = mixed.more(options.events), list[Statement]()
        tables = cast(Any, cluster.read.tables).tables
        session, tables._session = tables._session, Noting(tables._session, noted)
        loop = asyncio.get_running_loop()
        with ProcessPoolExecutor(1, get_context("spawn")) as other:
            await loop.run_in_executor(other, ready)
            place = (settings.kafka, settings.partitions, places.prefix(settings))
            profile = cProfile.Profile() if options.profile else None
            appending = partial(loop.run_in_executor, other, append, *place, rows)
            worker = await by_the_worker(cluster, settings, rows, appending, profile)
        if profile:
            profile.dump_stats(options.profile)
        ends = {Partition(*one): end for one, end in (await cluster.write.log.ends()).items()}
        faust = await by_faust_alone(settings, ends, sum(ends.values()))
        driver = await by_the_driver_alone(session, noted, len(rows))
    found = {"worker": worker.figures, "faust_alone": faust.figures, "bare_writes": driver.figures}
    tighter = min(("faust_alone", "bare_writes"), key=lambda way: found[way]["events_per_s"])
    ratio = {
        f"ratio_{name}": round(found["worker"][name] / found[tighter][name], 2)
        for name in ("events_per_s", "events_per_cpu_s")
    }
    return {**found, "statements_written": len(noted), "tighter": tighter, **ratio}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.projections", description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stack", default="", help="folder of a stack that runs already, and is left running")
    parser.add_argument(
        "--profile", default="", help="file for a profile of the worker, whose figures are worth nothing then"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, servers(Path(folder), options.stack) as stack:
        found = run(measured(stack, options))
    said = {name: getattr(options, name) for name in ("events", "seed")}
    machine = {"cores": os.cpu_count(), "load_1_5_15_min": os.getloadavg(), "python": platform.python_version()}
    result = {"command": "python -m tests.bench.projections", **found, "setup": said, "machine": machine}
    text = json.dumps(result, indent=2) + "\n"
    if not options.profile:
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
