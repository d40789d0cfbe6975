"""Two edges: what is hot at one is had by the other, in all formats, before anybody asks it."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from tests.edge import edge_place, running_edge
from tests.integration.edge.bare_store import BareStore, bare_store
from tests.pace import patient

pytestmark = pytest.mark.cluster
PER_MINUTE = 5
WITHIN_S = 20.0
LOOK_S = 0.02


@dataclass(frozen=True)
class Edges:
    """Both of a site, and the store behind them."""

    store: BareStore
    here: str
    there: str
    metrics_url: str


@pytest.fixture
async def edges(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Edges]:
    places, folder = [edge_place(), edge_place()], tmp_path_factory.mktemp("edges")
    with bare_store() as store:
        environment = {
            "PHOTOLOG_BACKEND": "cluster",
            "PHOTOLOG_S3_ENDPOINT": store.url,
            "PHOTOLOG_SECRET": "ab" * 32,
            "PHOTOLOG_EDGES": ",".join(places),
            "PHOTOLOG_EDGE_HOT_PER_MINUTE": str(PER_MINUTE),
        }
        async with (
            running_edge(folder / "here", places[0], environment) as here,
            running_edge(folder / "there", places[1], environment) as there,
        ):
            yield Edges(store, here.url, there.url, f"{here.ops_url}/metrics")


async def test_what_is_hot_at_one_edge_is_had_by_all_in_every_format_and_asked_for_once(edges: Edges) -> None:
    asked, stem = edges.store.asked, "m/po_1/feed-1_0a1b2c3d"
    edges.store.objects |= {f"{stem}.{extension}": b"bytes" for extension in ("jpg", "webp")}
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        for _ in range(4 * PER_MINUTE):
            assert (await http.get(f"{edges.here}/{stem}.jpg")).status_code == 200
        deadline = time.monotonic() + patient(WITHIN_S)
        while "photolog_edge_warmed_total 6" not in (await http.get(edges.metrics_url)).text:  # 2 edges, 3 formats
            assert time.monotonic() < deadline
            await asyncio.sleep(LOOK_S)
        for url in (f"{edges.there}/{stem}.jpg", f"{edges.there}/{stem}.webp", f"{edges.here}/{stem}.webp"):
            assert (await http.get(url)).status_code == 200
        assert (asked.count(f"{stem}.jpg"), asked.count(f"{stem}.webp")) == (2, 2)


async def test_what_is_asked_for_now_and_then_stays_where_it_is(edges: Edges) -> None:
    asked, cool, hot = edges.store.asked, "m/po_1/feed-1_0a1b2c3d", "m/po_2/feed-1_0a1b2c3d"
    edges.store.objects |= {f"{stem}.jpg": b"bytes" for stem in (cool, hot)}
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        for _ in range(PER_MINUTE):
            assert (await http.get(f"{edges.here}/{cool}.jpg")).status_code == 200
        for _ in range(PER_MINUTE + 1):
            assert (await http.get(f"{edges.here}/{hot}.jpg")).status_code == 200
        deadline = time.monotonic() + patient(WITHIN_S)
        while asked.count(f"{hot}.jpg") != 2:
            assert time.monotonic() < deadline
            await asyncio.sleep(LOOK_S)
    assert asked.count(f"{cool}.jpg") == 1
