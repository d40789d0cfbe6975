"""Renditions from MinIO through our own route: what caches are told, parts of objects, and clients that go away."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect

from infra.minio.media_route import minio_media_route
from infra.minio.objects import MinioObjects
from infra.minio.reading import Reading
from infra.minio.site import Access
from tests.contract.fixtures_objects import wall_clock
from tests.minio_bucket import MinioBucket
from tests.s3_bucket import NOWHERE

ORIGIN = "http://photolog.test"
RENDITION = "m/po_00000000001/feed-0a1b2c3d.webp"
LARGE = bytes(range(256)) * 8 * 1024
"""Comes in several pieces."""


@pytest.fixture
async def objects(bucket: MinioBucket) -> AsyncIterator[MinioObjects]:
    site = replace(bucket.site, media_url=ORIGIN)
    objects = MinioObjects(site, bucket.signer, bucket.worker, wall_clock)
    yield objects
    objects.close()
    bucket.empty()


@pytest.fixture
async def client(objects: MinioObjects) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=[minio_media_route(objects)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as client:
        yield client


async def test_a_rendition_may_be_kept_for_ever_and_its_absence_never(
    objects: MinioObjects, client: httpx.AsyncClient
) -> None:
    url = objects.public_url(RENDITION)
    missing = await client.get(url)
    assert (missing.status_code, missing.headers["Cache-Control"]) == (404, "no-store")
    await objects.put(RENDITION, LARGE, "image/webp")
    answer = await client.get(url)
    assert (answer.content, answer.headers["Content-Type"]) == (LARGE, "image/webp")
    assert answer.headers["Cache-Control"] == "public, max-age=2592000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Length"] == str(len(LARGE))
    assert not [name for name in answer.headers if name.startswith("x-amz")]


async def test_a_tombstone_is_gone_however_it_is_asked_for(objects: MinioObjects, client: httpx.AsyncClient) -> None:
    await objects.put(RENDITION, LARGE, "image/webp")
    etag = (await client.get(RENDITION)).headers["ETag"]
    await objects.tombstone(RENDITION)
    for headers in ({}, {"If-None-Match": etag}, {"If-None-Match": "*"}, {"Range": "bytes=0-3"}):
        answer = await client.get(RENDITION, headers=headers)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (410, "no-store"), headers
        assert "<Code>Gone</Code>" in answer.text
    assert (await client.head(RENDITION)).status_code == 410


async def test_a_rendition_is_not_sent_to_those_who_have_it(objects: MinioObjects, client: httpx.AsyncClient) -> None:
    await objects.put(RENDITION, LARGE, "image/webp")
    etag = (await client.get(RENDITION)).headers["ETag"]
    for known in (etag, f'"other", W/{etag}', "*"):
        answer = await client.get(RENDITION, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", etag)
    assert (await client.get(RENDITION, headers={"If-None-Match": '"other"'})).content == LARGE


async def test_a_rendition_is_read_in_parts_and_described_without_bytes(
    objects: MinioObjects, client: httpx.AsyncClient
) -> None:
    await objects.put(RENDITION, b"0123456789", "image/webp")
    part = await client.get(RENDITION, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content, part.headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")
    beyond = await client.get(RENDITION, headers={"Range": "bytes=10-"})
    assert (beyond.status_code, "<Code>InvalidRange" in beyond.text) == (416, True)
    head = await client.head(RENDITION)
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", "10")
    assert head.headers["Content-Type"] == "image/webp"
    assert (await client.head(f"{RENDITION}x")).status_code == 404


async def test_one_name_is_sent_in_the_best_format_that_there_is_and_that_the_client_names(
    objects: MinioObjects, client: httpx.AsyncClient
) -> None:
    stem = RENDITION.removesuffix(".webp")
    await objects.put(f"{stem}.jpg", b"jpg", "image/jpeg")
    assert (await client.get(f"{stem}.auto", headers={"Accept": "image/webp"})).content == b"jpg"
    await objects.put(RENDITION, b"webp", "image/webp")
    for accept, sent in (("image/webp", b"webp"), ("*/*", b"jpg")):
        answer = await client.get(f"{stem}.auto", headers={"Accept": accept})
        assert (answer.content, answer.headers["Vary"]) == (sent, "Accept")


async def test_only_renditions_are_ever_served(objects: MinioObjects, client: httpx.AsyncClient) -> None:
    private = ("uploads/po_1", "m/secret", "m/po_1/notes.txt", "m/po_1/deep/feed-a.webp")
    for key in private:
        await objects.put(key, b"private", "text/plain")
    for path in (*private, "m/%2e%2e/uploads/po_1", "m/..%2fuploads/po_1", "m/", "m/po_1/feed-a.webp%00"):
        answer = await client.get(f"{ORIGIN}/{path}")
        assert answer.status_code == 404, path
        assert b"private" not in answer.content
    assert (await client.put(RENDITION, content=b"x")).status_code == 405


class WatchedObjects(MinioObjects):
    """Remembers what was read from it."""

    def __init__(self, bucket: MinioBucket) -> None:
        super().__init__(bucket.site, bucket.signer, bucket.worker, wall_clock)
        self.readings: list[Reading] = []

    async def read(self, key: str, byte_range: str = "") -> Reading:
        self.readings.append(await super().read(key, byte_range))
        return self.readings[-1]


async def test_a_reading_ends_with_its_client(objects: MinioObjects, bucket: MinioBucket) -> None:
    await objects.put(RENDITION, LARGE, "image/webp")
    watched = WatchedObjects(bucket)
    app: Any = Starlette(routes=[minio_media_route(watched)])
    scope = {"type": "http", "method": "GET", "path": f"/{RENDITION}", "query_string": b"", "headers": []}

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            raise OSError("the client went away")

    with pytest.raises(ClientDisconnect):
        await app({**scope, "asgi": {"spec_version": "2.4"}}, receive, send)
    (reading,) = watched.readings
    assert reading.closed
    watched.close()


async def test_while_the_store_is_away_readers_are_told_so(bucket: MinioBucket) -> None:
    away = MinioObjects(replace(bucket.site, endpoint=NOWHERE), bucket.signer, Access("a", "password"), wall_clock)
    app = Starlette(routes=[minio_media_route(away)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as client:
        answer = await client.get(RENDITION)
    away.close()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.headers["Cache-Control"] == "no-store"
