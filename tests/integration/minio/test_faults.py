"""MinIO away, slow, full and wrong: what callers of the port are told, and what is not tried twice."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from minio.error import S3Error
from urllib3 import Timeout

from commands.ports import Objects
from infra.minio.objects import MinioObjects
from infra.minio.site import Access, MinioSite
from schemas.errors import NotFound, StorageFull, Unavailable
from tests.contract.fixtures_objects import wall_clock
from tests.minio_bucket import MinioBucket
from tests.pace import patient
from tests.s3_bucket import NOWHERE

KEY = "m/po_1/feed-a.webp"
USER = Access("user", "password")
IMPATIENT = Timeout(connect=0.2, read=0.2)
Use = Callable[[Objects], Coroutine[Any, Any, Any]]

USES: dict[str, Use] = {
    "head": lambda objects: objects.head(KEY),
    "download": lambda objects: objects.download(KEY, Path("/dev/null")),
    "put": lambda objects: objects.put(KEY, b"pixels", "image/webp"),
    "delete": lambda objects: objects.delete(KEY),
    "tombstone": lambda objects: objects.tombstone(KEY),
    "list": lambda objects: objects.list("m/"),
}
EVERY_USE = pytest.mark.parametrize("use", USES.values(), ids=USES.keys())


class Server:
    """Answers every request with the same bytes, or never; then hangs up, unless it `stays`."""

    def __init__(self, answer: bytes | None, stays: bool) -> None:
        self.answer = answer
        self.stays = stays
        self.requests: list[bytes] = []

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length or b"0"))
        self.requests.append(head)
        if self.answer is not None:
            writer.write(self.answer)
            await writer.drain()
        if self.stays or self.answer is None:
            await reader.read()
        writer.close()


@asynccontextmanager
async def answering(answer: bytes | None, stays: bool = False) -> AsyncIterator[tuple[MinioObjects, Server]]:
    """A store behind which this server is."""
    server = Server(answer, stays)
    async with await asyncio.start_server(server.connected, "127.0.0.1") as listening:
        origin = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        objects = MinioObjects(MinioSite(origin, origin, NOWHERE), USER, USER, wall_clock, IMPATIENT)
        yield objects, server
        objects.close()


def refusal(status: str, code: str, *headers: str) -> bytes:
    """An error as MinIO writes it."""
    head = "\r\n".join([f"HTTP/1.1 {status}", "Content-Type: application/xml", *headers])
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>m</Message></Error>'
    return f"{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


@EVERY_USE
async def test_a_store_that_is_away_is_unavailable(use: Use) -> None:
    objects = MinioObjects(MinioSite(NOWHERE, NOWHERE, NOWHERE), USER, USER, wall_clock)
    with pytest.raises(Unavailable):
        await use(objects)
    objects.close()


@EVERY_USE
async def test_a_store_that_never_answers_is_unavailable_in_bounded_time(use: Use) -> None:
    async with answering(None) as (objects, server), asyncio.timeout(patient(10)):
        with pytest.raises(Unavailable):
            await use(objects)
        assert 1 <= len(server.requests) <= 2


@EVERY_USE
@pytest.mark.parametrize(
    "answer",
    [
        refusal("503 Service Unavailable", "SlowDown"),
        refusal("500 Internal Server Error", "InternalError"),
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\noops",
        b"HTTP/1.1 500 Oops\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\noops",
    ],
    ids=["busy", "failing", "proxy", "no xml"],
)
async def test_a_store_that_fails_is_unavailable(use: Use, answer: bytes) -> None:
    async with answering(answer) as (objects, _):
        with pytest.raises(Unavailable):
            await use(objects)


@EVERY_USE
async def test_a_store_that_is_starting_is_unavailable_now_and_not_when_it_wants_to_be_asked_again(use: Use) -> None:
    starting = refusal("503 Service Unavailable", "XMinioServerNotInitialized", "Retry-After: 60")
    async with answering(starting) as (objects, _), asyncio.timeout(patient(10)):
        with pytest.raises(Unavailable):
            await use(objects)


@pytest.mark.parametrize("use", [USES["put"], USES["tombstone"]], ids=["put", "tombstone"])
async def test_a_full_disk_is_said_to_be_one(use: Use) -> None:
    async with answering(refusal("507 Insufficient Storage", "XMinioStorageFull")) as (objects, _):
        with pytest.raises(StorageFull):
            await use(objects)


async def test_a_full_bucket_is_said_to_be_one(bucket: MinioBucket) -> None:
    objects = MinioObjects(bucket.site, bucket.signer, bucket.worker, wall_clock)
    bucket.as_admin().bucket_quota_set(bucket.site.bucket, 1024)
    try:
        with pytest.raises(StorageFull):
            await objects.put(KEY, b"x" * 2048, "image/webp")
        assert await objects.head(KEY) is None
    finally:
        bucket.as_admin().bucket_quota_clear(bucket.site.bucket)
        objects.close()


async def test_a_put_whose_answer_is_lost_is_not_sent_again() -> None:
    """The second would find the first there, and say that somebody else took the key."""
    async with answering(b"") as (objects, server):
        with pytest.raises(Unavailable):
            await USES["put"](objects)
        assert len(server.requests) == 1


async def test_a_download_that_ends_early_is_not_taken_for_the_whole(tmp_path: Path) -> None:
    answer = b'HTTP/1.1 200 OK\r\nContent-Type: image/webp\r\nContent-Length: 100\r\nETag: "x"\r\n\r\nhalf'
    async with answering(answer) as (objects, _):
        with pytest.raises(Unavailable):
            await objects.download(KEY, tmp_path / "photo")


def a_thread_waits_on_its_socket() -> bool:
    return "readinto" in {frame.f_code.co_name for frame in sys._current_frames().values()}


async def test_a_reading_is_closed_while_the_store_keeps_it_waiting() -> None:
    """Its client went away. Closed only once the store's time is up, it would keep every other request waiting."""
    half = b'HTTP/1.1 200 OK\r\nContent-Type: image/webp\r\nContent-Length: 100\r\nETag: "x"\r\n\r\nhalf'
    async with answering(half, stays=True) as (objects, _):
        reading = await objects.read(KEY)
        asking = asyncio.ensure_future(anext(reading.chunks()))
        while not a_thread_waits_on_its_socket():  # noqa: ASYNC110 - a thread sets no Event when it blocks
            await asyncio.sleep(0)
        reading.close()
        reading.close()
        assert await asking == b"half", "what had come, at once; the store's time was not waited for"


async def test_wrong_set_up_is_not_taken_for_an_outage(bucket: MinioBucket, tmp_path: Path) -> None:
    strangers = MinioObjects(bucket.site, bucket.signer, replace(bucket.worker, password="not it"), wall_clock)
    for use in (USES["download"], USES["put"], USES["delete"], USES["tombstone"], USES["list"]):
        with pytest.raises(S3Error, match="SignatureDoesNotMatch"):
            await use(strangers)
    strangers.close()
    elsewhere = MinioObjects(replace(bucket.site, bucket="nonesuch"), bucket.signer, bucket.admin, wall_clock)
    with pytest.raises(S3Error, match="NoSuchBucket"):
        await elsewhere.put(KEY, b"pixels", "image/webp")
    elsewhere.close()


async def test_a_cancelled_download_has_let_go_of_its_file(bucket: MinioBucket, tmp_path: Path) -> None:
    objects = MinioObjects(bucket.site, bucket.signer, bucket.worker, wall_clock)
    await objects.put(KEY, b"p" * 4_000_000, "image/webp")
    target = tmp_path / "photo"
    task = asyncio.create_task(objects.download(KEY, target))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    size = target.stat().st_size if target.exists() else 0
    assert size in {0, 4_000_000}
    with pytest.raises(NotFound):
        await objects.download("m/po_1/none-a.webp", target)
    objects.close()
    bucket.empty()
