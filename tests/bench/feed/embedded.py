"""What a feed page costs `photolog serve`, which does everything in one process.

    .venv/bin/python -m tests.bench.feed.embedded [--viewers 2000] [--followees 20] [--seconds 8] [--seed 1]

The world of tests.bench.feed, in a data folder of its own. Aim: 1,000 pages of 20 cards for each second of processor
time. Writes tests/bench/results/feed-embedded.json.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from infra.http.server import run
from infra.process.settings import Settings
from infra.secrets.site import site_secrets
from infra.wiring.folder import databases, ports
from tests.bench.feed.__main__ import BUSY, IN_FLIGHT, figures
from tests.bench.feed.load import asked
from tests.bench.feed.world import Site, World, put
from tests.bench.reports import report
from tests.chaos.projecting.people import tokens_of
from tests.processes import running_server


async def filled(data: Path, world: World) -> list[str]:
    """The world in this folder, and an access token for each viewer."""
    settings = Settings(data=data)
    secrets = site_secrets(settings)
    with databases(settings) as files:
        await put(world.events, (await ports(settings, secrets, files, "bench")).read.tables)
    return list(tokens_of(world.viewers, settings, secrets).values())


async def measured(data: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Everybody's first page, with nothing remembered, and then by so many in flight."""
    world = World.drawn(options.seed, options.viewers, options.followees)
    tokens = await filled(data, world)
    async with running_server(data) as server:
        port = urlsplit(server.url).port or 0
        site = Site(redis="", port=port, pid=server.process.pid, tokens=tokens, seed=options.seed)
        found = {"cold": figures(await asked(site, site.everybody_once(), BUSY))}
        for in_flight in (*IN_FLIGHT, BUSY):
            print(f"{in_flight} in flight", file=sys.stderr)
            found[f"{in_flight} in flight"] = figures(await asked(site, site.drawn(), in_flight, options.seconds))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.feed.embedded", description=__doc__)
    parser.add_argument("--viewers", type=int, default=2_000)
    parser.add_argument("--followees", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "data")
        data.mkdir()
        found = run(measured(data, options))
    report("feed-embedded", "python -m tests.bench.feed.embedded", found, vars(options))


if __name__ == "__main__":
    main()
