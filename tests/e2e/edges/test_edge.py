"""A photo read from the edge: kept there, and gone within a second of its deletion, whatever is under way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from infra.local.site import Member
from tests.callers import caller
from tests.e2e.edges.conftest import EdgedSite
from tests.e2e.edges.settings import behind
from tests.e2e.people import Person
from tests.edge import answers, edge_place, running_edge
from tests.local_wires import HeldWire, listening
from tests.processes import running_server

pytestmark = pytest.mark.cluster
GONE_WITHIN_S = 1.0


@dataclass(frozen=True)
class Town:
    """A site whose media are read from an edge, and the wire between that and the store."""

    url: str
    edge: Member
    wire: HeldWire


@asynccontextmanager
async def embedded_town(folder: Path) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        place = edge_place()
        server = await stack.enter_async_context(running_server(folder / "data", behind(place)))
        wire = HeldWire(server.url.removeprefix("http://"))
        port = await stack.enter_async_context(listening(wire))
        secret = {"PHOTOLOG_SECRET_FILE": str(folder / "data" / "secret")}
        asks = {"PHOTOLOG_PORT": str(port), **secret}
        yield Town(server.url, await stack.enter_async_context(running_edge(folder / "edge", place, asks)), wire)


@asynccontextmanager
async def cluster_town(edged: EdgedSite, folder: Path) -> AsyncIterator[Town]:
    environment = edged.stack.environment
    wire = HeldWire(environment["PHOTOLOG_S3_ENDPOINT"].removeprefix("http://"))
    async with listening(wire) as port:
        named = {"PHOTOLOG_SITE": edged.site.members["worker-1"].environment["PHOTOLOG_SITE"]}
        asks = {**environment, **named, "PHOTOLOG_S3_ENDPOINT": f"http://127.0.0.1:{port}"}
        async with running_edge(folder / "edge", edged.place, asks) as edge:
            yield Town(edged.site.url, edge, wire)


async def test_a_deleted_photo_is_gone_at_the_edge_within_a_second_whatever_is_under_way_and_after_a_restart(
    edged: EdgedSite | None, tmp_path: Path
) -> None:
    standing = cluster_town(edged, tmp_path) if edged else embedded_town(tmp_path)
    async with standing as town, httpx.AsyncClient(trust_env=False, timeout=30) as http:
        with caller(town.url) as client:
            ann = await asyncio.to_thread(Person.signed_up, client, "ann.edge")
            post = await asyncio.to_thread(ann.publish)
            urls = (await asyncio.to_thread(ann.get, f"/posts/{post}")).json()["image_urls"]
            assert {url.startswith(f"{town.edge.url}/m/{post}/") for url in urls.values()} == {True}
            await _is_kept(http, urls["feed"])
            under_way = asyncio.create_task(_begun(http, town.wire, urls["full"]))
            await town.wire.held.wait()
            assert (await asyncio.to_thread(ann.delete, f"/posts/{post}")).status_code == 204
            await answers(http, urls["feed"], 410, GONE_WITHIN_S)
            town.wire.release()
            assert await under_way in {410, 503}  # 503: a busy machine held it for longer than an edge waits
            for url in urls.values():
                assert (await http.get(url)).status_code == 410
            await town.edge.stop()
            await town.edge.start()
            await town.edge.ready()
            assert {(await http.get(url)).status_code for url in urls.values()} == {410}


async def _is_kept(http: httpx.AsyncClient, url: str) -> None:
    first, again = await http.get(url), await http.get(url)
    assert (first.status_code, again.status_code, first.content) == (200, 200, again.content)
    assert again.headers["Cache-Control"] == "public, max-age=2592000, immutable"
    assert not {name for name in again.headers if name.startswith(("x-amz", "x-varnish", "xkey", "via"))}


async def _begun(http: httpx.AsyncClient, wire: HeldWire, url: str) -> int:
    wire.hold(url.rpartition("/")[2])
    return (await http.get(url)).status_code
