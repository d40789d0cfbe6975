"""Whether readers notice that many celebrities post at once.

    .venv/bin/python -m tests.bench.feed.burst [--celebrities 50] [--per-s 400] [--seconds 8] [--rounds 3] [--seed 1]

A query API process and a worker of all read models. Readers ask for their first page at a steady rate; in every other
round all celebrities post together, again and again. Aim: p99.9 of these rounds at most twice that of the others. In
the end the newest burst has to be what a reader sees. Writes tests/bench/results/feed-burst.json.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from events.codec import Keys
from infra.http.server import run
from infra.process.environment import load_settings
from infra.wiring.cluster import connected
from projections.feed import FOLLOWING
from query_api.celebrities import whole
from schemas.ids import AccountId
from tests.bench.feed.load import Pages, asked, under
from tests.bench.feed.world import Site, World, seeded
from tests.bench.pushing.crowd import Crowd
from tests.bench.pushing.visible import worker
from tests.bench.reports import report
from tests.bench.servers import options_of, rested, servers, setup_of
from tests.callers import callers

READERS = 16
BURST_S = 4.0
"""From one burst to the next."""
FIRST = 1_000_000
"""Number of the first post here: behind those of the world."""
SHOWN_WITHIN_S = 60.0
MAKES_S = 0.01
"""Between making one post and the next."""


class Stars:
    """The celebrities, who post from this process: it makes ready what they post while readers think, for these wait
    for their answers here too."""

    def __init__(self, crowd: Crowd, stars: list[AccountId], keys: Keys) -> None:
        self._crowd, self.all, self._keys = crowd, stars, keys

    async def post(self) -> list[str]:
        """One post of each, all at once; their ids, once the log has them."""
        entries, rows = [self._crowd.entry(star) for star in self.all], []
        for entry in entries:
            rows.append(self._crowd.row(entry, self._keys))
            await asyncio.sleep(MAKES_S)
        await self._crowd.cluster.write.log.append(rows)
        return [entry.post_id for entry in entries]

    async def again_and_again(self) -> None:
        """Until it is cancelled."""
        while True:
            await self.post()
            await asyncio.sleep(BURST_S)


async def measured(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """On one stack of servers."""
    world = World.drawn(options.seed, options.viewers, options.followees, celebrities=options.celebrities)
    with servers(folder, options.stack) as stack:
        async with seeded(stack, world) as site, connected(load_settings()) as cluster, worker("projections"):
            stars = world.stars(options.celebrities)
            for star in stars:
                await cluster.write.vault.create_key(star)
            posting = Stars(Crowd(cluster, {}, FIRST), stars, await cluster.write.vault.keys(stars))
            rows = await whole(cluster.read.tables, FOLLOWING, (world.viewers[0],))
            of_stars = {row["followee_id"] for row in rows} & set(stars)
            shown = [await shown_after(site, posting, of_stars)]
            usual, burst = await in_turns(site, posting, options)
            shown.append(await shown_after(site, posting, of_stars))
    found = {"usual": quantiles(usual), "burst": quantiles(burst), "shown_after_s": shown}
    return {**found, "p99_9_to_usual": round(burst.quantile(0.999) / usual.quantile(0.999), 2)}


async def in_turns(site: Site, posting: Stars, options: argparse.Namespace) -> tuple[Pages, Pages]:
    """What was asked in usual rounds, and in those of bursts."""
    usual, burst = Pages(), Pages()
    every_s = READERS / options.per_s
    await asked(site, site.everybody_once(), READERS)
    await rested()
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        usual.add(await asked(site, site.drawn(), READERS, options.seconds, every_s=every_s))
        async with under(posting.again_and_again()):
            burst.add(await asked(site, site.drawn(), READERS, options.seconds, every_s=every_s))
    return usual, burst


async def shown_after(site: Site, posting: Stars, followed: set[str]) -> float:
    """Seconds from a burst's acknowledgement by the log until what the first viewer follows of it is on its page."""
    posts = await posting.post()
    wanted = {post for post, star in zip(posts, posting.all, strict=True) if star in followed}
    began = time.perf_counter()
    headers = {"Authorization": f"Bearer {site.tokens[0]}"}
    async with callers(f"http://127.0.0.1:{site.port}") as http:
        while time.perf_counter() - began < SHOWN_WITHIN_S:
            answer = await http.get("/feed", headers=headers)
            if answer.status_code == 200 and wanted <= {post["post_id"] for post in answer.json()["posts"]}:
                return round(time.perf_counter() - began, 3)
    raise TimeoutError(f"what celebrities posted does not come: {answer.text[:500]}")


def quantiles(pages: Pages) -> dict[str, float]:
    """Of all rounds together."""
    found = {f"p{share * 100:g}_ms": round(pages.quantile(share) * 1_000, 1) for share in (0.5, 0.99, 0.999)}
    return {"pages": pages.count, "pages_per_s": round(pages.count / pages.seconds), **found}


def main() -> None:
    who = {"viewers": 500, "followees": 20, "celebrities": 50}
    options = options_of("feed.burst", __doc__, **who, per_s=400.0, seconds=8.0, rounds=3, seed=1)
    os.environ.pop("PHOTOLOG_APART", None)
    with tempfile.TemporaryDirectory() as folder:
        found = run(measured(Path(folder), options))
    said = setup_of(options)
    report("feed-burst", "python -m tests.bench.feed.burst", found, {**said, "readers": READERS, "burst_s": BURST_S})


if __name__ == "__main__":
    main()
