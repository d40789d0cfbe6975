"""Feeds over a real follow graph, compared whole with their definition.

    .venv/bin/python -m tests.bench.graph GRAPH.csv [--accounts N] [--posts 20000] [--feeds 500] [--seed 1]

A graph is a CSV file of undirected edges with a header, each of which is a follow both ways; `--accounts` takes so many
accounts of it and the edges between them. People and follows come through `photolog import`, posts straight into the
log, as rendering them all would take the day; a real `photolog serve` does the rest. Half of the feeds are there before
the posts, and are pushed to; the others are made by their readers. Then the most followed become celebrities, as a
newcomer follows them under a lowered threshold; more is published, some is deleted, and all are compared again.
Writes tests/bench/results/graph.json; status 1 if a feed was wrong.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench.embedded_reads import figures
from tests.bench.graph.reading import Readers, carried_out, compared
from tests.bench.graph.site import GraphSite
from tests.bench.graph.town import NEWCOMER, Town
from tests.bench.reports import report
from tests.processes import running_server

CELEBRITIES, USUAL = 20, 10_000
MORE_SHARE = 0.25
"""Of the posts, so many more are published once there are celebrities."""


class Watch:
    """Says what is done, and how long it took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = time.perf_counter()

    def lap(self, what: str) -> None:
        now = time.perf_counter()
        self.seconds[what], self._since = round(now - self._since, 1), now
        sys.stderr.write(f"{what}: {self.seconds[what]} s\n")


async def story(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """All of it."""
    watch, town = Watch(), Town.read(options.graph, options.accounts, options.seed)
    site = GraphSite(folder / "site")
    report: dict[str, Any] = {
        "graph": {"file": options.graph.name, "accounts": len(town.followees), "follows": 2 * len(town.edges)},
        "import": site.imports(town.rows()),
    }
    await site.know()
    watch.lap("imported")
    viewers = town.viewers(options.feeds)
    readers = Readers(site.tokens([*viewers, NEWCOMER]))
    async with running_server(site.data) as server:
        await carried_out(server)
        watch.lap("projected")
        await readers.begin(server, [*viewers[::2], NEWCOMER])
        await server.stop()
    await site.publishes(town.publish(options.posts, options.feeds))
    report["pushed"] = await _looked(site, town, readers, USUAL, watch, {})
    stars = town.popular(CELEBRITIES)
    threshold = len(town.followees[stars[-1]])
    site.imports({"follower": NEWCOMER, "followee": star} for star in stars)
    async with running_server(site.data, _threshold(threshold)) as server:
        crossed = await carried_out(server)
        await server.stop()
    watch.lap("crossed")
    await site.publishes(town.publish(round(options.posts * MORE_SHARE), options.feeds))
    await site.deletes(town.delete())
    more = {NEWCOMER: set(stars)}
    report["pulled"] = await _looked(site, town, readers, threshold, watch, more)
    report["pulled"]["celebrities"] = int(crossed["photolog_celebrity_crossings_total"])
    return {**report, "seconds": watch.seconds}


async def _looked(
    site: GraphSite, town: Town, readers: Readers, threshold: int, watch: Watch, more: dict[str, set[str]]
) -> dict[str, Any]:
    """What is in the log is carried out; then everybody looks."""
    readers.waited.clear()
    async with running_server(site.data, _threshold(threshold)) as server:
        done = await carried_out(server)
        watch.lap(f"posts carried out, celebrities from {threshold} followers on")
        shown = await readers.all(server)
        watch.lap(f"feeds read, celebrities from {threshold} followers on")
        await server.stop()
    found = compared(shown, town, site, more)
    watch.lap(f"feeds compared, celebrities from {threshold} followers on")
    return {
        "celebrities_from": threshold,
        "celebrities": 0,
        **found,
        "posts": len(town.posts),
        "deleted": len(town.deleted),
        "posts_pushed": int(done["photolog_fan_outs_pushed_total"]),
        "posts_left_to_readers": int(done["photolog_fan_outs_left_to_readers_total"]),
        "page_ms": figures(readers.waited),
    }


def _threshold(followers: int) -> dict[str, str]:
    return {"PHOTOLOG_CELEBRITY_FOLLOWERS": str(followers), "PHOTOLOG_ACCESS_TOKEN_S": str(24 * 3600)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.graph", description=__doc__)
    parser.add_argument("graph", type=Path)
    parser.add_argument("--accounts", type=int, default=None)
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(story(options, Path(folder)))
    setup = {"accounts": options.accounts, "posts": options.posts, "feeds": options.feeds, "seed": options.seed}
    report("graph", f"python -m tests.bench.graph {options.graph.name}", found, setup)
    if found["pushed"]["wrong"] or found["pulled"]["wrong"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
