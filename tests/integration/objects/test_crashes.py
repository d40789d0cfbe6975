"""The embedded object store when things go wrong: clients that vanish, full disks, killed processes, large bodies."""

import asyncio
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from infra.directory.objects import ORPHAN_AGE_MS, DirectoryObjects
from infra.directory.routes import object_routes
from infra.directory.signing import SignedRequest
from schemas.errors import StorageFull
from tests.contract.fixtures_objects import SECRET, serving, wall_clock
from tests.integration.objects.directory_store import KEY, NOON, ORIGIN, PHOTO, RENDITION, DirectoryStore

UPLOAD = SignedRequest("PUT", KEY, "image/jpeg", len(PHOTO), "", NOON)
MB = 1024 * 1024
SERVER = """
import socket, sys
from pathlib import Path
import uvicorn
from starlette.applications import Starlette
from infra.directory.objects import DirectoryObjects
from infra.directory.routes import object_routes
from tests.contract.fixtures_objects import SECRET, wall_clock
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
objects = DirectoryObjects(Path(sys.argv[1]), "http://unused", SECRET, wall_clock)
config = uvicorn.Config(Starlette(routes=object_routes(objects)), log_level="warning", lifespan="off")
uvicorn.Server(config).run(sockets=[listener])
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], DirectoryObjects]]:
    """A process that serves a store, and the same store seen from here."""
    command = [sys.executable, "-c", SERVER, str(tmp_path / "objects")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        origin = f"http://127.0.0.1:{process.stdout.readline().strip()}"
        yield process, DirectoryObjects(tmp_path / "objects", origin, SECRET, wall_clock)
        process.kill()


def begun_upload(objects: DirectoryObjects, size: int) -> socket.socket:
    """A connection on which the store waits for the body of an upload."""
    presigned = objects.presign_put(KEY, "image/jpeg", size, None)
    url = urlsplit(presigned.url)
    lines = [f"PUT {url.path}?{url.query} HTTP/1.1", "Host: x", "Expect: 100-continue"]
    lines += [f"{name}: {value}" for name, value in presigned.headers.items()]
    connection = socket.create_connection(("127.0.0.1", url.port or 80))
    connection.sendall("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
    assert connection.recv(1000).startswith(b"HTTP/1.1 100")
    return connection


async def test_an_upload_that_is_cancelled_leaves_nothing(store: DirectoryStore) -> None:
    begun = asyncio.Event()

    async def stalled() -> AsyncIterator[bytes]:
        yield PHOTO[:500]
        begun.set()
        await asyncio.Event().wait()

    upload = asyncio.create_task(store.objects.receive(UPLOAD, stalled()))
    await begun.wait()
    assert len(store.files()) == 1
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    assert store.files() == []


async def test_a_body_that_never_ends_is_given_up(store: DirectoryStore) -> None:
    async def stalled() -> AsyncIterator[bytes]:
        yield PHOTO[:500]
        await asyncio.Event().wait()

    presigned = store.presign()
    app = Starlette(routes=object_routes(store.objects, max_upload_s=0.01))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        answer = await client.put(presigned.url, content=stalled(), headers=presigned.headers)
    assert (answer.status_code, "RequestTimeout" in answer.text) == (400, True)
    assert store.files() == []


async def test_a_client_that_goes_away_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path / "objects")
    with serving(lambda _: store.app) as origin:
        store.origin = origin
        with begun_upload(store.objects, size=1000) as connection:
            assert len(store.files()) == 1, "the upload has begun"
            connection.sendall(PHOTO[:500])
    assert store.files() == []


async def test_a_full_disk_is_said_so_and_leaves_nothing(store: DirectoryStore) -> None:
    with files_of_at_most(500):
        answer = await store.put(store.presign().url)
        with pytest.raises(StorageFull):
            await store.objects.put(RENDITION, PHOTO, "image/webp")
    assert (answer.status_code, "ServiceUnavailable" in answer.text) == (503, True)
    assert store.files() == []


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_an_upload_that_a_kill_interrupts_is_not_stored(
    server: tuple[subprocess.Popen[str], DirectoryObjects], tmp_path: Path
) -> None:
    process, objects = server
    assert await objects.put(RENDITION, PHOTO, "image/webp")
    with begun_upload(objects, size=1000) as connection:
        connection.sendall(PHOTO[:999])
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert [info.key for info in await objects.list("")] == [RENDITION]
    assert len(list((tmp_path / "objects/incoming").iterdir())) == 1
    later = DirectoryObjects(tmp_path / "objects", ORIGIN, SECRET, lambda: wall_clock() + 2 * ORPHAN_AGE_MS)
    assert await later.sweep() == 1
    assert [info.key for info in await later.list("")] == [RENDITION]


def peak_memory(process: subprocess.Popen[str]) -> int:
    """The most memory that the process ever had, in bytes."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
async def test_a_large_upload_takes_little_memory(server: tuple[subprocess.Popen[str], DirectoryObjects]) -> None:
    process, objects = server

    async def upload(size: int) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(size // MB):
                yield bytes(MB)

        presigned = objects.presign_put(KEY, "image/jpeg", size, None)
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.put(presigned.url, content=chunks(), headers=presigned.headers)
        assert answer.status_code == 200

    await upload(MB)
    await objects.delete(KEY)
    before = peak_memory(process)
    await upload(50 * MB)
    assert peak_memory(process) - before < 10 * MB
    info = await objects.head(KEY)
    assert info is not None
    assert info.size_bytes == 50 * MB
