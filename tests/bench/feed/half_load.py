"""How long a feed page takes at half of what its server can do, by followees and by how many of them are celebrities.

    .venv/bin/python -m tests.bench.feed.half_load [--viewers 1000] [--seconds 5] [--rounds 3] [--seed 1]

Each point is a site of its own, served by a query API process of its own, once the servers have digested what was put
there. In each round pages as fast as 16 connections can take them, then half as many a second, which arrive by chance
(Poisson) whether or not those before were answered; a page's time begins when it was due. Viewers are drawn by Zipf's
law. Aim: p99 under 20 ms at every point. Takes some ten minutes, and writes tests/bench/results/feed-half-load.json.
"""

import argparse
import itertools
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from infra.http.server import run
from infra.local.stack.stack import Stack
from infra.process.cycles import what_is_loaded_stays
from tests.bench.feed.__main__ import figures
from tests.bench.feed.costs import IN_FLIGHT, Point
from tests.bench.feed.load import arriving, asked
from tests.bench.feed.world import Site, World, seeded
from tests.bench.reports import report
from tests.bench.servers import options_of, rested, servers, setup_of

POINTS = [Point(followees, 2, stars) for followees, stars in itertools.product((20, 200, 2_000), (0, 5, 50))]


async def measured(stack: Stack, point: Point, options: argparse.Namespace) -> dict[str, Any]:
    """One point."""
    viewers = point.viewers(options.viewers)
    world = World.drawn(options.seed, viewers, point.followees, point.authors, *point[1:])
    async with seeded(stack, world) as site:
        await rested()
        await asked(site, site.everybody_once(), IN_FLIGHT)
        what_is_loaded_stays()  # the world, which would hold up who asks
        rounds = [await one_round(site, options) for _ in range(options.rounds)]
    p99 = statistics.median(one["half"]["p99_ms"] for one in rounds)
    return {**point._asdict(), "viewers": viewers, "p99_ms_at_half_load": p99, "rounds": rounds}


async def one_round(site: Site, options: argparse.Namespace) -> dict[str, Any]:
    """All that it can do, then half of that."""
    full = figures(await asked(site, site.drawn(), IN_FLIGHT, options.seconds))
    half = figures(await arriving(site, site.drawn(), full["pages_per_s"] / 2, options.seconds, options.seed))
    return {"full": full, "half": half}


async def all_of(folder: Path, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Every point on one stack of servers."""
    found = []
    with servers(folder, options.stack) as stack:
        for number, point in enumerate(POINTS, 1):
            found.append(await measured(stack, point, options))
            print(f"{number} of {len(POINTS)}:", found[-1], file=sys.stderr)
    return found


def main() -> None:
    options = options_of("feed.half_load", __doc__, viewers=1_000, seconds=5.0, rounds=3, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        found = run(all_of(Path(folder), options))
    worst = max(one["p99_ms_at_half_load"] for one in found)
    result = {"worst_p99_ms_at_half_load": worst, "points": found}
    report("feed-half-load", "python -m tests.bench.feed.half_load", result, setup_of(options))


if __name__ == "__main__":
    main()
