"""What each step of a feed page costs the process that serves it, in microseconds of its processor time.

    .venv/bin/python -m tests.bench.feed.steps [--viewers 2000] [--seconds 3] [--rounds 5] [--seed 1] [--stack FOLDER]

Query API processes on one site, one for each step, whose pages end behind it; and the real one, which adds the viewer's
flags and what is around the cards. They are asked in turns, beside the bare loop; the medians count. Writes
tests/bench/results/feed-steps.json.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from infra.http.server import run
from tests.bench.feed.__main__ import BUSY
from tests.bench.feed.limits import bare_loop
from tests.bench.feed.load import Pages, asked
from tests.bench.feed.steps_served import STEPS
from tests.bench.feed.world import Site, World, query_api, seeded
from tests.bench.reports import report
from tests.bench.servers import options_of, servers, setup_of

WHOLE, BARE = "whole", "bare_loop"


async def measured(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """On one stack of servers."""
    with servers(folder, options.stack) as stack:
        async with seeded(stack, World.drawn(options.seed, options.viewers, options.followees)) as site:
            whole = await asked(site, site.everybody_once(), BUSY)
            size = whole.bytes // whole.count
            async with cut(site, size) as sites:
                rounds = []
                for number in range(options.rounds):
                    print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
                    rounds.append(await one_round({**sites, WHOLE: site}, size, options.seconds))
    return {
        "bytes_a_page": size,
        "us_a_page": {name: round(statistics.median(one[name] for one in rounds), 1) for name in rounds[0]},
    }


@asynccontextmanager
async def cut(site: Site, size: int) -> AsyncIterator[dict[str, Site]]:
    """By step, the site as the process serves it whose pages end there, and whose memory is warm."""
    async with AsyncExitStack() as served:
        sites = {}
        for step in STEPS:
            command = (sys.executable, "-m", "tests.bench.feed.steps_served", step, str(size))
            process = await served.enter_async_context(query_api(command))
            sites[step] = replace(site, port=process.port, pid=process.pid)
            await asked(sites[step], site.everybody_once(), BUSY)
        yield sites


async def one_round(sites: dict[str, Site], size: int, seconds: float) -> dict[str, float]:
    """Microseconds a page, by step."""
    found = {step: await asked(site, site.drawn(), BUSY, seconds) for step, site in sites.items()}
    found[BARE] = await bare_loop(sites[WHOLE], size, seconds)
    return {name: _us(pages) for name, pages in found.items()}


def _us(pages: Pages) -> float:
    return 1e6 / pages.per_cpu_s


def main() -> None:
    options = options_of("feed.steps", __doc__, viewers=2_000, followees=20, seconds=3.0, rounds=5, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        found = run(measured(Path(folder), options))
    report("feed-steps", "python -m tests.bench.feed.steps", found, setup_of(options))


if __name__ == "__main__":
    main()
