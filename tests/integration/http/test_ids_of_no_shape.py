"""An id that is not of our shape is the id of nothing, and no store is asked about it: who makes ids up fills none."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from infra.http.app import application
from infra.process.settings import Settings
from infra.wiring.embedded import embedded
from tests.integration.schedules.counted import CountedPort
from tests.ports import free_ports

MADE_UP = ("x", "ac_", "po_1", "ac_" + "0" * 7_000, "po_0000000000!", "%F0%9F%98%80")
PATHS = ("/users/{}", "/users/{}/posts", "/users/{}/followers", "/posts/{}", "/posts/{}/comments")
OF_OUR_SHAPE = "/users/ac_00000000000"


async def test_it_costs_no_store_anything(tmp_path: Path) -> None:
    asked: Counter[str] = Counter()
    (port,) = free_ports(1)
    settings = Settings(data=tmp_path, port=port, ops_port=0)
    async with embedded(settings) as platform:
        tables: Any = CountedPort(platform.reads.tables, asked, Counter())  # nothing is cached, so all comes to them
        app = application(settings, ready=_ready, reads=replace(platform.reads, tables=tables))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://site") as http:
            for path in (path.format(made_up) for path in PATHS for made_up in MADE_UP):
                assert (await http.get(path)).status_code == 404, path
                assert not asked, path
            assert (await http.get(OF_OUR_SHAPE)).status_code == 404
            assert asked, "what has our shape is looked for"


async def _ready() -> dict[str, Any]:
    return {}
