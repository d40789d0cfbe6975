"""A real `photolog edge` for tests, and how to wait for what it says."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Event

import httpx

from infra.edge.varnish import VARNISH
from infra.local.site import Member
from infra.local.stack.cache import Cache
from infra.local.stack.errors import CannotBeHad
from infra.local.stack.settings import StackSettings
from infra.local.stack.work import Work
from tests.pace import patient
from tests.ports import free_ports
from tests.stack import not_here

LOOK_S = 0.01


def edge_place() -> str:
    """Where an edge is to be: host and port. Skips the test where there can be none."""
    try:
        VARNISH.obtain(Cache(StackSettings().cache.expanduser()), Work("edge", lambda *_said: None, Event()))
    except CannotBeHad as missing:
        not_here(str(missing))
    return f"127.0.0.1:{free_ports(1)[0]}"


@asynccontextmanager
async def running_edge(folder: Path, place: str, environment: Mapping[str, str]) -> AsyncIterator[Member]:
    """One that answers; `environment`: its site's settings. It can be stopped and started again."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    ops = free_ports(1)[0]
    own = {"PHOTOLOG_EDGE_PORT": place.rpartition(":")[2], "PHOTOLOG_OPS_PORT": str(ops)}
    mine = {name: value for name, value in os.environ.items() if not name.startswith("PHOTOLOG_")}
    said = {**mine, "PHOTOLOG_DATA": str(folder), **environment, **own}
    edge = Member("edge", ["edge"], said, folder / "edge.log", f"http://{place}", f"http://127.0.0.1:{ops}")
    try:
        await edge.start()
        await edge.ready()
        yield edge
    finally:
        code = await edge.stop()
    assert code == 0, f"an edge did not end as it should: {code}; its log is in {folder}"


async def answers(http: httpx.AsyncClient, url: str, status: int, within_s: float) -> float:
    """Asks until the answer has this status; how long that took."""
    began = time.monotonic()
    while (answer := await http.get(url)).status_code != status:
        assert time.monotonic() - began < patient(within_s), f"{url}: {answer.status_code}"
        await asyncio.sleep(LOOK_S)
    return time.monotonic() - began
