"""The dashboard of a busy cluster site, as a picture.

    .venv/bin/python -m tests.bench.dashboard [--seconds 180] [--stack FOLDER]

A whole site with an edge and a cheap class, over the real servers; people who publish, like, comment, follow and read;
half way a worker is frozen for some seconds, so that there is a lag to be seen. The Prometheus that
`photolog stack up --only prometheus` starts watches it, and answers the query of each panel. Writes
tests/bench/results/dashboard.png.
"""

import argparse
import asyncio
import json
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle, permutations
from pathlib import Path

import httpx

from infra.local.demo.client import Client
from infra.local.site import LocalSite
from infra.local.stack.prometheus import TARGETS
from infra.local.stack.stack import Stack
from tests.bench.dashboard.panels import Span, drawn
from tests.bench.reports import RESULTS
from tests.bench.servers import servers
from tests.callers import callers
from tests.chaos.pictures import COUNT, picture
from tests.edge import edge_place, running_edge
from tests.sites import running_site
from tests.stopping import stop

ONCE = {"Connection": "close"}
"""An edge ends a connection that nothing comes over, perhaps just when something does."""
PEOPLE, FROZEN_S, LOOKS_S = 6, 12.0, 20.0
COLD = {"PHOTOLOG_COLD": "cold", "PHOTOLOG_COLD_AFTER_DAYS": "0", "PHOTOLOG_COLD_EVERY_S": str(LOOKS_S)}
SOUNDED = {"PHOTOLOG_CANARY_EVERY_S": "3"}


@asynccontextmanager
async def watched_site(stack: Stack) -> AsyncIterator[LocalSite]:
    """A site whose processes the stack's Prometheus knows, the edge included."""
    place, folder = edge_place(), stack.folder.parent / "site"
    edged = {"PHOTOLOG_MEDIA_URL": f"http://{place}", "PHOTOLOG_EDGES": place, **COLD, **SOUNDED}
    async with running_site({**stack.environment, **edged}, folder, removed=True) as site:
        api = site.members["query-api-1"]
        asks = {**api.environment, "PHOTOLOG_EDGE_MISSING": api.url.removeprefix("http://")}
        async with running_edge(folder / "edge", place, asks) as edge:
            known = folder / TARGETS
            (said,) = json.loads(known.read_text())
            said["targets"].append(edge.ops_url.removeprefix("http://"))
            known.write_text(json.dumps([said]))
            yield site


async def signed_up(http: httpx.AsyncClient) -> list[Client]:
    """Everybody follows everybody."""
    found = [Client(http) for _ in range(PEOPLE)]
    for number, one in enumerate(found):
        await one.sign_up(f"person{number}", "a long password")
    for one, other in permutations(found, 2):
        await one.post(f"/follow/{other.account_id}")
    return found


async def busy(client: Client, folder: Path, until: float) -> None:
    """Publishes, and does a little of everything with what the feed shows."""
    for turn in cycle(range(COUNT)):
        if time.time() > until:
            return
        photo = folder / f"{client.username}-{turn}.jpg"
        photo.write_bytes(picture(turn))
        await client.wait_published(await client.upload_photo(photo))
        for card in (await client.get("/feed"))["posts"][:5]:
            await client.post(f"/likes/{card['post_id']}")
            await client.post(f"/posts/{card['post_id']}/comments", {"text": "seen"})
            await client.http.get(card["image_urls"]["feed"], headers=ONCE)


async def frozen(site: LocalSite, after_s: float) -> None:
    """The worker stands still for a while."""
    await asyncio.sleep(after_s)
    pid = site.members["worker-1"].pid
    assert pid is not None
    stop(pid)
    try:
        await asyncio.sleep(FROZEN_S)
    finally:
        os.kill(pid, signal.SIGCONT)


async def pictured(stack: Stack, folder: Path, seconds: float) -> None:
    """Runs all of it, and keeps the picture."""
    async with watched_site(stack) as site:
        began = time.time()
        async with callers(site.url) as http, asyncio.TaskGroup() as work:
            work.create_task(frozen(site, seconds / 2))
            for client in await signed_up(http):
                work.create_task(busy(client, folder, began + seconds))
        span = Span(began, time.time())
        at = time.strftime("%Y-%m-%d %H:%M", time.gmtime(began))
        caption = (
            f"infra/monitoring/dashboard.json over a site of {len(site.members) + 1} processes, {at} UTC: "
            f"every panel's queries answered by the Prometheus of `photolog stack up --only prometheus`,\ndrawn by "
            f"python -m tests.bench.dashboard and not by Grafana. {PEOPLE} people; the worker frozen for "
            f"{FROZEN_S:.0f} s half way; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
        )
        async with callers(stack.servers["prometheus"].url) as http:
            (await drawn(http, span, caption)).savefig(RESULTS / "dashboard.png")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.dashboard", description=__doc__)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--stack", default="", help="a stack that runs already; its folder's neighbour is the site's")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, servers(Path(folder), options.stack) as stack:
        stack.up(["prometheus"])
        asyncio.run(pictured(stack, Path(folder), options.seconds))


if __name__ == "__main__":
    main()
