"""Fixtures of the object store on every backend: the port, and the HTTP that its URLs are used over."""

import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from commands.ports import Objects, Presigned
from infra.directory.objects import DirectoryObjects
from infra.directory.routes import object_routes
from infra.minio.media_route import minio_media_route
from infra.minio.objects import MinioObjects
from infra.tiers.objects import TieredObjects
from schemas.ids import Millis
from tests.callers import PLAIN
from tests.s3_bucket import S3Bucket
from tests.stack import on_cluster

SECRET = b"an object store's secret for tests"
LATE_MS = 16 * 60 * 1000


def wall_clock() -> Millis:
    """Now, as everybody else sees it."""
    return time.time_ns() // 1_000_000


class StoreUnderTest:
    """An object store and a client without any rights of its own, which uses the URLs that the store gives out."""

    def __init__(self, objects: Objects, earlier: Objects, client: httpx.AsyncClient) -> None:
        self.objects = objects
        self.earlier = earlier
        self._client = client

    def presign_long_ago(self, key: str, content_type: str, size_bytes: int) -> Presigned:
        """A URL of the same store that has expired."""
        return self.earlier.presign_put(key, content_type, size_bytes, None)

    async def put(
        self,
        presigned: Presigned,
        body: bytes | AsyncIterator[bytes],
        *,
        headers: Mapping[str, str | None] | None = None,
        method: str = "PUT",
        url: str | None = None,
    ) -> httpx.Response:
        """Uses a URL. `headers` replaces some of the signed ones, None leaves one out.

        The body's own length is sent, as every HTTP client does; that of an iterator is not known.
        """
        sent: dict[str, str | None] = {**presigned.headers, "Content-Length": None}
        if isinstance(body, bytes):
            sent["Content-Length"] = str(len(body))
        sent.update(headers or {})
        return await self._client.request(
            method,
            url or presigned.url,
            content=body,
            headers={name: value for name, value in sent.items() if value is not None},
        )

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """What anybody gets under a URL."""
        return await self._client.get(url, headers=headers)


@contextmanager
def serving(app: Callable[[str], ASGIApp]) -> Iterator[str]:
    """Serves an app, made for its origin, on a free port; at the end every request that has begun is finished."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(app(origin), log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield origin
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def _directory(folder: Path) -> Iterator[tuple[Objects, Objects]]:
    """The embedded store, and the same store as it was 16 minutes ago."""
    stores: list[DirectoryObjects] = []

    def app(origin: str) -> ASGIApp:
        stores.append(DirectoryObjects(folder, origin, SECRET, wall_clock))
        stores.append(DirectoryObjects(folder, origin, SECRET, lambda: wall_clock() - LATE_MS))
        return Starlette(routes=object_routes(stores[0]))

    with serving(app):
        yield stores[0], stores[1]


@contextmanager
def _tiers(folder: Path) -> Iterator[tuple[Objects, Objects]]:
    """The embedded store with a cheap class beside it, which has nothing until somebody asks for that."""
    with _directory(folder / "dear") as stores:
        cheap = DirectoryObjects(folder / "cheap", "", SECRET, wall_clock)
        yield TieredObjects(stores[0], cheap), TieredObjects(stores[1], cheap)


@contextmanager
def _s3(bucket: S3Bucket) -> Iterator[tuple[Objects, Objects]]:
    """The bucket, with public reads through our own route, and the same store as it was 16 minutes ago."""
    bucket.empty()  # again: what a test left under way may have come after its end
    stores: list[MinioObjects] = []

    def app(origin: str) -> ASGIApp:
        site = replace(bucket.site, media_url=origin)
        stores.append(MinioObjects(site, bucket.signer, bucket.worker, wall_clock))
        stores.append(MinioObjects(site, bucket.signer, bucket.worker, lambda: wall_clock() - LATE_MS))
        return Starlette(routes=[minio_media_route(stores[0])])

    with serving(app):
        yield stores[0], stores[1]
    for store in stores:
        store.close()
    bucket.empty()


BUCKETS = {"minio": "bucket", "versitygw": "versitygw_bucket"}
"""S3 servers, and the fixtures of their buckets: one adapter, so that nothing in it is MinIO's alone.

What no port promises is not asked of versitygw: lifecycle rules, users with policies of their own, notifications."""


@pytest.fixture(params=["directory", "tiers", *map(on_cluster, BUCKETS)])
def object_backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Objects, Objects]]:
    """An empty object store of each kind, now and earlier."""
    bucket, here = BUCKETS.get(request.param), _tiers if request.param == "tiers" else _directory
    with _s3(request.getfixturevalue(bucket)) if bucket else here(tmp_path / "objects") as stores:
        yield stores


@pytest.fixture
async def object_store(object_backend: tuple[Objects, Objects]) -> AsyncIterator[StoreUnderTest]:
    """An empty object store, and a client of it."""
    async with httpx.AsyncClient(trust_env=False, verify=PLAIN) as client:
        yield StoreUnderTest(*object_backend, client)


@pytest.fixture
def objects(object_store: StoreUnderTest) -> Objects:
    """The port alone."""
    return object_store.objects
