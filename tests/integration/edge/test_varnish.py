"""The edge before a store of the test's own: what it keeps, what it chooses, and what a purge does to a late answer."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count

import httpx
import pytest
import pytest_asyncio

from infra.edge.purging import EdgePurges
from infra.process.settings import Settings
from infra.wiring.edge import edge_purges
from schemas.errors import Unavailable
from schemas.ids import PostId
from tests.callers import callers
from tests.edge import edge_place, running_edge
from tests.integration.edge.bare_store import BareStore, bare_store
from tests.pace import patient

pytestmark = [pytest.mark.cluster, pytest.mark.asyncio(loop_scope="module")]
SECRET = "ab" * 32
POSTS = count(1)


@dataclass(frozen=True)
class Edge:
    """An edge, what is behind it, and a client of each kind."""

    store: BareStore
    http: httpx.AsyncClient
    purges: EdgePurges
    metrics_url: str

    def post(self, *extensions: str) -> tuple[PostId, str]:
        """A post that has a rendition in these formats; and the stem of its name."""
        post = PostId(f"po_{next(POSTS)}")
        stem = f"m/{post}/feed-1_0a1b2c3d"
        self.store.objects |= {f"{stem}.{extension}": f"{post} as {extension}".encode() for extension in extensions}
        return post, stem


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def edge(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Edge]:
    place, folder = edge_place(), tmp_path_factory.mktemp("edge")
    with bare_store() as store:
        environment = {"PHOTOLOG_BACKEND": "cluster", "PHOTOLOG_S3_ENDPOINT": store.url, "PHOTOLOG_SECRET": SECRET}
        async with (
            running_edge(folder, place, {**environment, "PHOTOLOG_ORIGINS": "https://a.example"}) as running,
            callers(running.url) as http,
        ):
            settings = Settings(edges=[place], secret=SECRET)
            yield Edge(store, http, edge_purges(settings), f"{running.ops_url}/metrics")


async def test_what_it_has_in_its_memory_is_counted(edge: Edge) -> None:
    """The first of this edge's tests: what was asked before it might be counted late, beside what it asks."""

    async def counted() -> dict[str, float]:
        lines = (await edge.http.get(edge.metrics_url)).text.splitlines()
        said = (line.rpartition(" ") for line in lines if line.startswith("photolog_edge_"))
        return {name: float(value) for name, _, value in said}

    hits, misses = (f'photolog_edge_lookups_total{{outcome="{one}"}}' for one in ("hit", "miss"))
    before = await counted()
    _, stem = edge.post("jpg")
    for _ in range(4):
        await edge.http.get(f"/{stem}.jpg")
    async with asyncio.timeout(patient(10)):  # Varnish adds up what a thread has counted when the thread has time
        while (after := await counted())[hits] - before[hits] < 3 or after[misses] == before[misses]:
            pass
    assert (after[hits] - before[hits], after[misses] - before[misses]) == (3, 1)
    assert after["photolog_edge_hit_rate"] == pytest.approx(after[hits] / (after[hits] + after[misses]))


async def test_what_was_fetched_once_is_kept_and_carries_what_browsers_and_caches_need(edge: Edge) -> None:
    _, stem = edge.post("jpg")
    url = f"/{stem}.jpg"
    for answer in [await edge.http.get(url), await edge.http.get(f"{url}?again"), await edge.http.head(url)]:
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
        assert answer.headers["Cache-Control"] == "public, max-age=2592000, immutable"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert not {"xkey", "via", "x-varnish", "x-amz-request-id"} & set(answer.headers)
        assert answer.headers["Vary"] == "Origin"
    assert edge.store.asked.count(f"{stem}.jpg") == 1


async def test_parts_and_known_tags_are_answered_without_the_store(edge: Edge) -> None:
    _, stem = edge.post("jpg")
    url = f"/{stem}.jpg"
    tag = (await edge.http.get(url)).headers["ETag"]
    part = await edge.http.get(url, headers={"Range": "bytes=0-2"})
    assert (part.status_code, part.content) == (206, b"po_")
    known = await edge.http.get(url, headers={"If-None-Match": tag})
    assert (known.status_code, known.content) == (304, b"")
    odd = await edge.http.get(url, headers={"Range": "items=0-1"})
    assert odd.status_code == 200
    assert edge.store.asked.count(f"{stem}.jpg") == 1


@pytest.mark.parametrize(
    ("made", "accept", "sent"),
    [
        ("jpg webp avif", "image/avif,image/webp,*/*", "avif"),
        ("jpg webp", "image/avif,image/webp,*/*", "webp"),
        ("jpg webp avif", "image/webp, image/avif;q=0", "webp"),
        ("jpg webp avif", "*/*", "jpg"),
        ("jpg", "image/avif,image/webp", "jpg"),
        ("jpg avif", "image/avif;q=0.8", "avif"),
    ],
)
async def test_one_name_is_sent_in_the_best_format_that_there_is_and_that_the_client_names(
    edge: Edge, made: str, accept: str, sent: str
) -> None:
    post, stem = edge.post(*made.split())
    answer = await edge.http.get(f"/{stem}.auto", headers={"Accept": accept})
    assert (answer.status_code, answer.text) == (200, f"{post} as {sent}")
    assert answer.headers["Vary"].startswith("Accept")


async def test_only_renditions_are_asked_for_and_only_read(edge: Edge) -> None:
    for path in ("/", "/uploads/po_1", "/m/po_1", "/m/po_1/deep/feed-a.webp", "/m/%2e%2e/uploads/po_1"):
        assert (await edge.http.get(path)).status_code == 404
    refused = await edge.http.put("/m/po_1/feed-a.webp", content=b"x")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")
    assert [one for one in edge.store.asked if not one.startswith("m/")] == []


async def test_browsers_of_the_sites_origins_may_read_pixels_and_no_others(edge: Edge) -> None:
    _, stem = edge.post("jpg")
    for origin, allowed in (("https://a.example", "https://a.example"), ("https://b.example", None)):
        answer = await edge.http.get(f"/{stem}.jpg", headers={"Origin": origin})
        assert answer.headers.get("Access-Control-Allow-Origin") == allowed
        assert "Origin" in answer.headers["Vary"]


async def test_a_purge_is_of_one_post_and_what_is_gone_by_then_is_410(edge: Edge) -> None:
    (gone, stem), (_, other) = edge.post("jpg"), edge.post("jpg")
    for one in (stem, other):
        assert (await edge.http.get(f"/{one}.jpg")).status_code == 200
    edge.store.objects[f"{stem}.jpg"] = None
    assert (await edge.http.get(f"/{stem}.jpg")).status_code == 200  # nobody told it
    await edge.purges.purge(gone)
    answer = await edge.http.get(f"/{stem}.jpg")
    assert (answer.status_code, answer.headers["Cache-Control"], "<Code>Gone" in answer.text) == (410, "no-store", True)
    assert (await edge.http.get(f"/{stem}.auto")).status_code == 410
    assert (await edge.http.get(f"/{other}.jpg")).status_code == 200
    assert edge.store.asked.count(f"{other}.jpg") == 1


async def test_what_the_store_says_late_of_a_post_that_was_purged_meanwhile_is_neither_sent_nor_kept(
    edge: Edge,
) -> None:
    post, stem = edge.post("jpg")
    asked, may_answer = edge.store.hold(f"{stem}.jpg")
    under_way = asyncio.create_task(edge.http.get(f"/{stem}.jpg"))
    assert await asyncio.to_thread(asked.wait, 10)
    edge.store.objects[f"{stem}.jpg"] = None
    await edge.purges.purge(post)
    may_answer.set()
    assert (await under_way).status_code in {410, 503}  # 503: a busy machine held it for longer than an edge waits
    for _ in range(3):
        assert (await edge.http.get(f"/{stem}.jpg")).status_code == 410


async def test_a_purge_of_somebody_else_is_refused(edge: Edge) -> None:
    stranger = EdgePurges(edge.purges.addresses, "00" * 32)
    with pytest.raises(Unavailable, match="403"):
        await stranger.purge(PostId("po_1"))
