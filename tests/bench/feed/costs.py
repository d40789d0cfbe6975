"""How the cost of a feed page grows with the feed's length, with followees, and with celebrities; and what a feed costs
that is not there yet. Drawn as a picture.

    .venv/bin/python -m tests.bench.feed.costs [--viewers 200] [--seconds 3] [--seed 1] [--stack FOLDER]

Each point is a site of its own, served by a query API process of its own: once the servers have digested what was put
there, everybody's first page, one after the other, with nothing remembered and no feed there (aim: p99 under 200 ms at
1,000 followees); then pages of viewers drawn by Zipf's law, 16 in flight. Where each follows many, there are fewer
viewers. Takes some ten minutes, and writes tests/bench/results/feed-costs.json and feed-costs.png.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib.figure import Figure

from infra.http.server import run
from infra.local.stack.stack import Stack
from tests.bench.feed.__main__ import figures
from tests.bench.feed.load import asked
from tests.bench.feed.world import World, seeded
from tests.bench.reports import RESULTS, report
from tests.bench.servers import options_of, rested, servers, setup_of

IN_FLIGHT = 16
MOST_FOLLOWS = 100_000
"""Of one point: two rows each."""


class Point(NamedTuple):
    """One site: whom each viewer follows, how much these publish, and how many of the most followed are pulled."""

    followees: int = 20
    posts_each: int = 10
    celebrities: int = 0

    @property
    def authors(self) -> int:
        return max(100, self.followees * 5 // 4)

    def viewers(self, wanted: int) -> int:
        """As many as follows allow."""
        return min(wanted, MOST_FOLLOWS // self.followees)


SERIES: dict[str, tuple[str, Sequence[Point]]] = {
    "entries of the feed": ("length", [Point(posts_each=each) for each in (1, 10, 50, 150)]),
    "followees": ("followees", [Point(followees=number, posts_each=2) for number in (20, 200, 1_000, 2_000)]),
    "celebrities": ("celebrities", [Point(200, 10, number) for number in (0, 5, 20, 50)]),
}


def place(of: str, point: Point) -> int:
    """Where a point lies in its series."""
    return point.followees * point.posts_each if of == "length" else int(getattr(point, of))


async def measured(stack: Stack, point: Point, options: argparse.Namespace) -> dict[str, Any]:
    """One point."""
    viewers = point.viewers(options.viewers)
    world = World.drawn(options.seed, viewers, point.followees, point.authors, *point[1:])
    async with seeded(stack, world) as site:
        await rested()
        cold = figures(await asked(site, site.everybody_once(), 1))
        warm = figures(await asked(site, site.drawn(), IN_FLIGHT, options.seconds))
    return {**point._asdict(), "viewers": viewers, "cold": cold, "warm": warm}


async def all_of(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Every series on one stack of servers."""
    found: dict[str, Any] = {}
    with servers(folder, options.stack) as stack:
        for name, (of, points) in SERIES.items():
            found[name] = {}
            for point in points:
                found[name][place(of, point)] = await measured(stack, point, options)
                print(name, place(of, point), found[name][place(of, point)], file=sys.stderr)
    return found


def draw(found: dict[str, Any], file: Path) -> None:
    """Each series: what a page costs the serving process, and what the first page of a feed takes that is not there."""
    figure = Figure(figsize=(12, 6.5), layout="constrained")
    axes = figure.subplots(2, len(found))
    for (name, points), above, below in zip(found.items(), *axes, strict=True):
        at = list(points)
        above.plot(at, [1_000 / one["warm"]["pages_per_cpu_s"] for one in points.values()], "o-", label="warm")
        above.set(title=f"by {name}", ylabel="ms of processor time a page", ylim=(0, None))
        for quantile in ("p50_ms", "p99_ms"):
            label = f"cold, {quantile.removesuffix('_ms')}"
            below.plot(at, [one["cold"][quantile] for one in points.values()], "o-", label=label)
        below.axhline(200, color="grey", linestyle=":", label="aim of p99")
        below.set(xlabel=name, ylabel="ms until the first page", ylim=(0, None))
        for axis in (above, below):
            axis.legend()
            axis.grid(alpha=0.3)
    figure.savefig(file, dpi=110)


def main() -> None:
    options = options_of("feed.costs", __doc__, viewers=200, seconds=3.0, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        found = run(all_of(Path(folder), options))
    draw(found, RESULTS / "feed-costs.png")
    setup = setup_of(options)
    report("feed-costs", "python -m tests.bench.feed.costs", found, setup)


if __name__ == "__main__":
    main()
