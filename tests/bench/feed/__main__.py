"""What a feed page costs the process that serves it, beside the bare loop that moves as many bytes from Redis.

    .venv/bin/python -m tests.bench.feed [--viewers 10000] [--seconds 8] [--seed 1]

A real query API process over HTTP, with tokens; viewers drawn by Zipf's law; 20 cards a page. What counts is pages for
each second of its processor time, which a busy machine changes little. Also the empty endpoint, the platform with its
memory cold, and what stays true meanwhile. What each step of a page costs: tests.bench.feed.steps. Writes
tests/bench/results/feed.json.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from infra.http.server import run
from tests.bench.feed.limits import bare_loop, empty_endpoint
from tests.bench.feed.load import Pages, asked, cpu_seconds
from tests.bench.feed.meanwhile import meanwhile
from tests.bench.feed.world import Site, World, seeded
from tests.bench.reports import report
from tests.bench.servers import options_of, pids_of, servers, setup_of

IN_FLIGHT = (1, 16)
BUSY, ROUNDS = 64, 5
"""In flight beside the limits, each in turn, so many times: no machine is equally fast for long. The median counts."""
MEDIANS = (
    "pages_per_cpu_s",
    "us_of_redis",
    "us_of_redis_in_bare_loop",
    "ratio_to_bare_loop",
    "ratio_to_empty_endpoint",
)
"""What is said of all rounds."""


def figures(pages: Pages) -> dict[str, float]:
    """One run in numbers."""
    return {
        "pages_per_cpu_s": round(pages.per_cpu_s),
        "pages_per_s": round(pages.count / pages.seconds),
        "p50_ms": round(pages.quantile(0.5) * 1_000, 1),
        "p99_ms": round(pages.quantile(0.99) * 1_000, 1),
        "bytes_a_page": round(pages.bytes / pages.count),
    }


async def measured(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """The whole bench on one stack of servers, the limits in the same run."""
    with servers(folder, options.stack) as stack:
        redis, world = pids_of(stack, "redis")["redis"], World.drawn(options.seed, options.viewers, options.followees)
        async with seeded(stack, world) as site:
            result: dict[str, Any] = {"cold": figures(await asked(site, site.everybody_once(), 64))}
            for in_flight in IN_FLIGHT:
                print(f"{in_flight} in flight", file=sys.stderr)
                result[f"{in_flight} in flight"] = figures(await asked(site, site.drawn(), in_flight, options.seconds))
            rounds = []
            for number in range(ROUNDS):
                print(f"{BUSY} in flight and the limits, {number + 1} of {ROUNDS}", file=sys.stderr)
                rounds.append(await beside_limits(site, redis, options.seconds))
            result["meanwhile"] = await meanwhile(site, world.viewers)
    result[f"{BUSY} in flight"] = sorted(rounds, key=lambda one: one["ratio_to_bare_loop"])
    for name in MEDIANS:
        result[name] = statistics.median(one[name] for one in rounds)
    return result


async def beside_limits(site: Site, redis: int, seconds: float) -> dict[str, float]:
    """One round; beside it what a page costs the process of Redis, in microseconds."""
    before = cpu_seconds(redis)
    pages = await asked(site, site.drawn(), BUSY, seconds)
    between = cpu_seconds(redis)
    size = pages.bytes // pages.count
    bare = await bare_loop(site, size, seconds)
    behind = cpu_seconds(redis)
    empty = await empty_endpoint(site, size, seconds)
    return {
        **figures(pages),
        "us_of_redis": round(1e6 * (between - before) / pages.count, 1),
        "bare_loop": round(bare.per_cpu_s),
        "us_of_redis_in_bare_loop": round(1e6 * (behind - between) / bare.count, 1),
        "empty_endpoint": round(empty.per_cpu_s),
        "ratio_to_bare_loop": round(pages.per_cpu_s / bare.per_cpu_s, 3),
        "ratio_to_empty_endpoint": round(pages.per_cpu_s / empty.per_cpu_s, 3),
    }


def main() -> None:
    options = options_of("feed", __doc__, viewers=10_000, followees=20, seconds=4.0, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        found = run(measured(Path(folder), options))
    said = setup_of(options)
    report("feed", "python -m tests.bench.feed", found, said)


if __name__ == "__main__":
    main()
