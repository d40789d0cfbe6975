"""An edge before a store that lacks what has become cold: it asks who brings it back, and keeps what comes of that."""

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
from schemas.ids import PostId
from tests.callers import callers
from tests.edge import edge_place, running_edge
from tests.integration.edge.bare_store import BareStore, bare_store

pytestmark = [pytest.mark.cluster, pytest.mark.asyncio(loop_scope="module")]
SECRET = "ab" * 32
POSTS = count(1)


@dataclass(frozen=True)
class Edge:
    """An edge, the store behind it, and who is asked besides."""

    store: BareStore
    others: BareStore
    http: httpx.AsyncClient
    purges: EdgePurges

    def cold(self) -> tuple[PostId, str]:
        """A post that the store does not have, and the path of its rendition."""
        post = PostId(f"po_{next(POSTS)}")
        path = f"/m/{post}/feed-1_0a1b2c3d.jpg"
        self.others.objects[path] = b"brought back"
        return post, path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def edge(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Edge]:
    place, folder = edge_place(), tmp_path_factory.mktemp("edge")
    with bare_store() as store, bare_store() as others:
        environment = {"PHOTOLOG_BACKEND": "cluster", "PHOTOLOG_S3_ENDPOINT": store.url, "PHOTOLOG_SECRET": SECRET}
        asks = {"PHOTOLOG_EDGE_MISSING": others.url.removeprefix("http://")}
        async with (
            running_edge(folder, place, {**environment, **asks}) as running,
            callers(running.url) as http,
        ):
            yield Edge(store, others, http, edge_purges(Settings(edges=[place], secret=SECRET)))


async def test_what_the_store_lacks_is_asked_for_once_and_kept(edge: Edge) -> None:
    _, path = edge.cold()
    for _ in range(3):
        answer = await edge.http.get(path, headers={"Edge-Missed": "1", "Edge-Again": "1"})
        assert (answer.status_code, answer.text) == (200, "brought back")
        assert answer.headers["Cache-Control"] == "public, max-age=2592000, immutable"
    assert (edge.store.asked.count(path.removeprefix("/")), edge.others.asked.count(path)) == (1, 1)


async def test_what_the_store_has_or_nobody_has_is_as_ever(edge: Edge) -> None:
    _, path = edge.cold()
    edge.store.objects[path.removeprefix("/")] = b"there"
    assert (await edge.http.get(path)).text == "there"
    assert path not in edge.others.asked
    missing = path.replace("feed", "full")
    assert (await edge.http.get(missing)).status_code == 404
    edge.store.objects[path.replace("feed", "thumbnail").removeprefix("/")] = None
    assert (await edge.http.get(path.replace("feed", "thumbnail"))).status_code == 410


async def test_what_comes_back_late_of_a_post_that_was_purged_meanwhile_is_neither_sent_nor_kept(edge: Edge) -> None:
    post, path = edge.cold()
    asked, may_answer = edge.others.hold(path)
    under_way = asyncio.create_task(edge.http.get(path))
    assert await asyncio.to_thread(asked.wait, 10)
    edge.others.objects[path] = edge.store.objects[path.removeprefix("/")] = None
    await edge.purges.purge(post)
    may_answer.set()
    assert (await under_way).status_code in {410, 503}  # 503: a busy machine held it for longer than an edge waits
    for _ in range(3):
        assert (await edge.http.get(path)).status_code == 410
