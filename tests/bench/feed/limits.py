"""What no feed can be faster than: the bytes of a page from Redis over one connection, and out over HTTP."""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.redis.address import RedisAddress
from infra.redis.connection import RedisConnection
from tests.bench.feed.load import Pages, asked
from tests.bench.feed.world import Site
from tests.ports import free_ports

CARDS, AT_ONCE = 20, 64
VIEWERS = 200


async def bare_loop(site: Site, size: int, seconds: float) -> Pages:
    """ZREVRANGE, then three MGET of 20 that hold as much as a page, from this process and at its cost."""
    connection = RedisConnection(RedisAddress.from_url(site.redis))
    pages = Pages()
    for number in range(VIEWERS):
        members = [word for card in range(100) for word in (card, f"po_{card:011} ac_{card:011} {card:x}")]
        await connection.call("ZADD", f"bare:feed:{number}", *members)
    for card in range(CARDS):
        await connection.many(
            [("SET", f"bare:card:{card}", b"x" * (size // CARDS)), ("SET", f"bare:n:{card}", b"12 34")]
        )
    cards, counts = [f"bare:card:{card}" for card in range(CARDS)], [f"bare:n:{card}" for card in range(CARDS)]
    began, cpu = time.perf_counter(), time.process_time()

    async def reader(first: int) -> None:
        while time.perf_counter() - began < seconds:
            await connection.call("ZREVRANGE", f"bare:feed:{(first + pages.count) % VIEWERS}", 0, CARDS)
            await connection.many([("MGET", *cards), ("MGET", *counts), ("MGET", *counts)])
            pages.count += 1

    await asyncio.gather(*(reader(number) for number in range(AT_ONCE)))
    pages.seconds, pages.cpu_s = time.perf_counter() - began, time.process_time() - cpu
    await connection.close()
    return pages


@dataclass(frozen=True)
class Empty:
    """A process that answers with as many bytes and asks nobody."""

    pid: int
    port: int

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.port


async def empty_endpoint(site: Site, size: int, seconds: float) -> Pages:
    """The same bytes from a process of its own, a bare ASGI callable on uvicorn."""
    async with _empty(size) as served:
        requests: Iterator[bytes] = site.drawn()
        return await asked(served, requests, AT_ONCE, seconds)


@asynccontextmanager
async def _empty(size: int) -> AsyncIterator[Empty]:
    (port,) = free_ports(1)
    text = f"""
BODY = b"x" * {size}
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"{size}")]
async def app(scope, receive, send):
    await send({json.dumps({"type": "http.response.start", "status": 200})} | {{"headers": HEADERS}})
    await send({{"type": "http.response.body", "body": BODY}})
"""
    with tempfile.TemporaryDirectory() as folder:
        await asyncio.to_thread(Path(folder, "bare_app.py").write_text, text)
        options = ("--port", str(port), "--no-access-log", "--lifespan", "off", "--log-level", "error")
        command = (sys.executable, "-m", "uvicorn", "bare_app:app", *options)
        process = await asyncio.create_subprocess_exec(*command, cwd=folder, env={**os.environ, "PYTHONPATH": folder})
        try:
            await _listens(port)
            yield Empty(process.pid, port)
        finally:
            process.terminate()
            await process.wait()


async def _listens(port: int) -> None:
    for _ in range(600):
        try:
            _, outgoing = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            outgoing.close()
            return
    raise RuntimeError("the bare server does not listen")
