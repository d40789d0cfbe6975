"""What bringing posts into feeds costs, reading the followers included; and how soon a post is there at full load.

    .venv/bin/python -m tests.bench.pushing [--seconds 10] [--rounds 9] [--seed 1] [--stack FOLDER]

An author with as many followers as the largest of the real graph, and 200 with 50 each; all feeds are there. First ways
take turns in this process, and the median round counts: the platform's fan-out, its bare script with followers known,
blind ZADD and trim, and Stream-Framework's way. Then a real worker of the feed, fed by the log. Aim: 0.6 of the bare
script; the most followed's posts delay others by less than a second. Writes tests/bench/results/pushing.json.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from infra.http.server import run
from tests.bench.embedded_reads import figures
from tests.bench.feed.load import cpu_seconds
from tests.bench.pushing.crowd import AUTHORS, FOLLOWED_BY, MOST, STANDING, Crowd, gathered
from tests.bench.pushing.visible import IN_FLIGHT, Visible, worker
from tests.bench.pushing.ways import AT_ONCE, Way, Ways, posts, pushed
from tests.bench.reports import report
from tests.bench.servers import options_of, pids_of, servers, setup_of

POPULAR_POSTS, POSTS_EACH = 2, 2
"""Of a round: about as many pushes of the most followed as of all others."""
WARM = 60
"""Rounds of the fan-out before those that count. A CQL server that has just begun compiles what it does often, and on
these cores; by then a read costs it half of what its first ones do."""


async def rounds(crowd: Crowd, number: int, pids: Mapping[str, int]) -> dict[str, Any]:
    """Every way in turn, so many times. `pids`: of the servers, by name."""
    ways = Ways(crowd)
    for _ in range(WARM):
        await pushed(ways.fan_out, posts(crowd, POPULAR_POSTS, POSTS_EACH))
    found: dict[str, list[dict[str, float]]] = {name: [] for name in ways.all}
    for turn in range(number):
        for name, way in ways.all.items():
            found[name].append(await timed(way, crowd, pids))
        print(f"round {turn + 1}: { ({name: some[-1] for name, some in found.items()}) }", file=sys.stderr)
    await ways.closed()
    medians = {
        name: {key: round(statistics.median(one[key] for one in some), 1) for key in some[0]}
        for name, some in found.items()
    }
    return {"ways": medians, **{f"ratio_to_{name}": ratio(found, name) for name in list(medians)[1:]}}


def ratio(found: dict[str, list[dict[str, float]]], other: str) -> dict[str, Any]:
    """Of the platform's fan-out to another way in the same round: the median of all rounds, and how far they go.

    Rounds differ by a factor of two where processors are shared; what stands side by side in one differs less.
    """
    said: dict[str, Any] = {}
    for key in ("pushes_per_s", "pushes_per_cpu_s"):
        ratios = sorted(ours[key] / its[key] for ours, its in zip(found["fan_out"], found[other], strict=True))
        said[key] = round(statistics.median(ratios), 2)
        said[f"{key}_from_to"] = [round(ratios[0], 2), round(ratios[-1], 2)]
    return said


async def timed(way: Way, crowd: Crowd, pids: Mapping[str, int]) -> dict[str, float]:
    """One round. A push is one post into one feed; what it costs a processor, by who it costs it, in microseconds."""
    entries = posts(crowd, POPULAR_POSTS, POSTS_EACH)
    pushes = sum(len(crowd.followers[entry.author_id]) for entry in entries)
    began, cpu, spent_before = time.perf_counter(), time.process_time(), spent_by(pids)
    await pushed(way, entries)
    passed, spent, spent_after = time.perf_counter() - began, time.process_time() - cpu, spent_by(pids)
    return {
        "pushes_per_s": pushes / passed,
        "pushes_per_cpu_s": pushes / spent,
        "us_of_this_process": 1e6 * spent / pushes,
        **{f"us_of_{name}": 1e6 * (spent_after[name] - spent_before[name]) / pushes for name in pids},
    }


def spent_by(pids: Mapping[str, int]) -> dict[str, float]:
    return {name: cpu_seconds(pid) for name, pid in pids.items()}


async def latencies(crowd: Crowd, seconds: float, seed: int) -> dict[str, Any]:
    """Published to visible: alone, at full load, and at full load beside the most followed."""
    authors = sorted(crowd.followers)
    vault = crowd.cluster.write.vault
    for author in authors:
        await vault.create_key(author)
    visible = Visible(crowd, await vault.keys(authors), seed)
    async with worker("feed") as pid:
        await visible.warm()
        alone, _ = await visible.steadily(seconds, 1, popular=False)
        full, _ = await visible.steadily(seconds, IN_FLIGHT, popular=False)
        cpu = cpu_seconds(pid)
        beside, popular = await visible.steadily(seconds, IN_FLIGHT, popular=True)
        cpu = cpu_seconds(pid) - cpu
    pushes = len(beside) * FOLLOWED_BY + len(popular) * MOST
    delay = seconds_at(beside, 0.99) - seconds_at(full, 0.99)
    return {
        "one_in_flight_ms": figures(alone),
        "full_load_ms": figures(full),
        "full_load_beside_the_most_followed_ms": figures(beside),
        "most_followed_ms": figures(popular),
        "others_delayed_by_s_at_p99": round(delay, 3),
        "pushes_per_s_of_the_worker": round(pushes / seconds),
        "pushes_per_cpu_s_of_the_worker": round(pushes / cpu),
    }


def seconds_at(took: Sequence[float], share: float) -> float:
    return sorted(took)[int(share * (len(took) - 1))]


async def measured(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """On one stack of servers."""
    with servers(folder, options.stack) as stack:
        pids = pids_of(stack, "redis", "cql")
        async with gathered(stack, options.seed) as crowd:
            found = await rounds(crowd, options.rounds, pids)
            return {**found, "published_to_visible": await latencies(crowd, options.seconds, options.seed)}


def main() -> None:
    options = options_of("pushing", __doc__, seconds=10.0, rounds=9, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        found = run(measured(Path(folder), options))
    setup = {
        "most_followed_has": MOST,
        "others": AUTHORS,
        "followers_of_each": FOLLOWED_BY,
        "entries_a_feed": STANDING,
        "posts_at_once": AT_ONCE,
        "in_flight_at_full_load": IN_FLIGHT,
        **setup_of(options),
    }
    report("pushing", "python -m tests.bench.pushing", found, setup)


if __name__ == "__main__":
    main()
