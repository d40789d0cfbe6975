"""Health told from outside of what feeds: stalled is not healthy, whatever is stuck; a canary takes the whole way."""

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.process.canary import Canary
from infra.process.metrics import shown
from infra.process.settings import Settings
from infra.process.site_measures import sounding
from infra.process.vigil import STILL
from infra.wiring.embedded import serving
from projections.canaries import HEARD, PROJECTION
from projections.likes import PROJECTION as LIKES
from schemas.errors import NotYetVisible
from tests.callers import callers
from tests.integration.runtime.newer_events import newer_like
from tests.integration.runtime.recorder import HERE
from tests.integration.site.test_metrics import value
from tests.integration.stores import opened_site, running
from tests.pace import patient
from tests.ports import free_ports
from tests.processes import running_server

REPORTED_WITHIN_S = 10.0
ENDS = """
import asyncio
from infra.wiring.beside import beside

async def ends() -> None:
    raise ConnectionError("ann@example.org")

async def main() -> None:
    async with beside(ends()):
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_canary_takes_the_way_from_a_command_to_a_query_and_says_how_long_that_is(tmp_path: Path) -> None:
    port, ops = free_ports(2)
    settings = Settings(data=tmp_path, port=port, ops_port=ops, canary_every_s=0.05)
    async with serving(settings), httpx.AsyncClient(trust_env=False) as http, asyncio.timeout(patient(20)):
        text = ""
        while not text or value(text, "photolog_canaries_heard_total") < 2:
            text = (await http.get(f"http://127.0.0.1:{ops}/metrics")).text
    assert 0 < value(text, "photolog_canary_delay_seconds") < patient(5)
    assert value(text, "photolog_canaries_lost_total") == 0
    with opened_site(tmp_path, [PROJECTION.id]) as site:
        keys = [(str(number),) for number in range(16)]
        assert await site.tables.get(HEARD, keys), "each was seen in a row that queries read"


async def test_a_canary_that_nobody_feeds_on_is_lost_and_the_delay_grows_until_one_is_heard(tmp_path: Path) -> None:
    with opened_site(tmp_path, [PROJECTION.id]) as site:
        await site.tables.create(PROJECTION.tables)
        now = 100.0
        canary = Canary(site.handler, site.tables, site.positions, 1, within_s=0.05, clock=lambda: now)
        with pytest.raises(NotYetVisible):
            await canary.once()
        now += 90
        assert value((await shown([sounding(canary)])).decode(), "photolog_canary_delay_seconds") == 90
        async with running(site, PROJECTION):
            canary.within_s = patient(20)
            assert await canary.once() == 0, "by a clock that stands still"
        assert (canary.delay_s, canary.heard) == (0, 1)


async def test_a_site_whose_partition_waits_for_an_upgrade_is_not_ready_and_says_why(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with opened_site(data) as before:
        (place,) = await before.append(newer_like(HERE, 1))
    async with running_server(data) as server, callers(server.url) as http:
        began = time.monotonic()
        _, body = await until(http, server.url, lambda status, _: status == 503)
        assert time.monotonic() - began < patient(REPORTED_WITHIN_S)
        assert body["status"] == "stalled"
        stalled = body["stalled"][LIKES.id]
        assert (stalled["why"], stalled["named"]) == (STILL, [f"{place.topic}[{place.partition}]"])
        assert "newer_version" in str(body["processors"][LIKES.id]["held"])
        assert (await http.get("/healthz")).status_code == 200, "it is alive: a restart would not help"


async def test_what_ends_by_itself_takes_the_process_along_and_quotes_nothing() -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ENDS, stderr=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    _, said = await asyncio.wait_for(child.communicate(), patient(20))
    assert child.returncode == 70
    assert b"ends has ended" in said


async def until(http: httpx.AsyncClient, url: str, holds: Callable[[int, Any], bool]) -> tuple[int, Any]:
    """The first answer of /readyz that this holds of."""
    async with asyncio.timeout(patient(60)):
        while True:
            answer = await http.get(f"{url}/readyz")
            if holds(answer.status_code, answer.json()):
                return answer.status_code, answer.json()
            await asyncio.sleep(0.1)
