"""What a reader of `photolog serve` notices of peers that keep it waiting: half-sent requests and slow uploads.

    python -m tests.bench.half_open [--half-open 2000] [--uploads 200] [--seconds 40] [--seed 1]

A crowd in a process of its own opens the connections, and opens each again that is cut off. Half of the uploads crawl
below the pace that is asked for, half just above it. A reader asks for a feed and a profile, every other time on a new
connection, before the crowd comes and while it is there. Prints figures, and writes tests/bench/results/half_open.json.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import platform
import random
import shlex
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.callers import caller
from tests.e2e.people import Person
from tests.processes import running_server

RESULT = Path(__file__).parent / "results" / "half_open.json"
READ_EVERY_S = 0.02
OPENED_PER_S = 400
CRAWLING, BARELY = 50, 1_000
"""Bytes a second of a slow upload."""
HALVES = (
    (b"GET /feed HTTP/1.1\r\nHost: x\r\nX-Half: ", 1),
    (b"GET /feed HTTP/1.1\r\nHost: x\r\nX-Half: ", 0),
    (b"POST /posts HTTP/1.1\r\nHo", 1),
    (b"", 0),
)
"""What is sent of a request, and how many bytes a second of it follow."""
UPLOAD_BYTES = 5_000_000


@dataclass
class Crowd:
    """Peers that keep a server waiting, and how each of their connections ended."""

    host: str
    port: int
    random: random.Random
    open: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)

    async def stay(self, kind: str, head: bytes, bytes_per_s: int) -> None:
        """Sends this, then goes on at this pace; comes again when it is cut off."""
        while True:
            try:
                reader, writer = await asyncio.open_connection(self.host, self.port)
            except OSError as error:
                self.ends[f"{kind}: {type(error).__name__}"] += 1
                await asyncio.sleep(1)
                continue
            self.open[kind] += 1
            self.ends[f"{kind}: {await self._talk(reader, writer, head, bytes_per_s)}"] += 1
            self.open[kind] -= 1
            await asyncio.sleep(self.random.random())

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes, pace: int) -> str:
        sending = asyncio.create_task(self._send(writer, head, pace))
        try:
            status = await reader.readline()
            return status.split(b" ")[1].decode() if status else "closed"
        except OSError:
            return "reset"
        finally:
            sending.cancel()
            writer.close()

    async def _send(self, writer: asyncio.StreamWriter, head: bytes, pace: int) -> None:
        writer.write(head)
        while pace:
            await asyncio.sleep(1)
            writer.write(b"x" * pace)


async def crowd(pipe: Connection, url: str, half_open: int, heads: Sequence[bytes], seed: int) -> None:
    """The process of the crowd: says when all are there; told to end, says how its connections ended."""
    target = urlsplit(url)
    peers = Crowd(target.hostname or "", target.port or 0, random.Random(seed))
    plan = [("half-open", *peers.random.choice(HALVES)) for _ in range(half_open)]
    plan += [("upload", head, CRAWLING if number % 2 else BARELY) for number, head in enumerate(heads)]
    tasks = []
    for one in plan:
        tasks.append(asyncio.create_task(peers.stay(*one)))
        await asyncio.sleep(1 / OPENED_PER_S)
    pipe.send(peers.open.total())
    least = peers.open.total()
    while not pipe.poll():
        await asyncio.sleep(0.5)
        least = min(least, peers.open.total())
    pipe.send({"least_open": least, "ends": dict(peers.ends)})
    os._exit(0)


def run_crowd(pipe: Connection, url: str, half_open: int, heads: Sequence[bytes], seed: int) -> None:
    """Where the crowd's process begins."""
    asyncio.run(crowd(pipe, url, half_open, heads, seed))


def upload_head(person: Person) -> bytes:
    """The head of a real upload, as signed."""
    reserved = person.reserve(b"\0", size_bytes=UPLOAD_BYTES, checksum_sha256=None)
    url = urlsplit(reserved["upload_url"])
    headers = {"Host": url.netloc, **reserved["upload_headers"]}
    lines = [f"PUT {url.path}?{url.query} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def read(person: Person, seconds: float) -> list[float]:
    """Milliseconds of each read, every other time on a new connection."""
    target = person.http.base_url
    kept = HTTPConnection(target.host, target.port or 80, timeout=30)
    took: list[float] = []
    until = time.perf_counter() + seconds
    while (began := time.perf_counter()) < until:
        path = ("/feed", f"/users/{person.id}")[len(took) // 2 % 2]
        connection = kept if len(took) % 2 else HTTPConnection(target.host, target.port or 80, timeout=30)
        connection.request("GET", path, headers=person.bearer)
        with connection.getresponse() as answer:
            assert answer.status == 200, answer.read()
            answer.read()
        took.append((time.perf_counter() - began) * 1_000)
        if connection is not kept:
            connection.close()
        time.sleep(max(0.0, began + READ_EVERY_S - time.perf_counter()))
    kept.close()
    return took


def figures(took: Sequence[float]) -> dict[str, float]:
    """Of a reader's milliseconds."""
    ordered = sorted(took)
    at = {f"p{share}": round(ordered[min(len(ordered) - 1, len(ordered) * share // 100)], 1) for share in (50, 90, 99)}
    return {"reads": len(ordered), **at, "max": round(ordered[-1], 1)}


async def measure(half_open: int, uploads: int, seconds: float, seed: int) -> dict[str, Any]:
    """A reader alone, and beside the crowd."""
    with tempfile.TemporaryDirectory() as folder:
        async with running_server(Path(folder) / "data") as server:
            return await asyncio.to_thread(_measure, server.url, half_open, uploads, seconds, seed)


def _measure(url: str, half_open: int, uploads: int, seconds: float, seed: int) -> dict[str, Any]:
    with caller(url) as http:
        person = Person.signed_up(http, "reader")
        heads = [upload_head(person) for _ in range(uploads)]
        read(person, 2)
        load = os.getloadavg()[0]
        alone = figures(read(person, seconds / 2))
        ours, theirs = multiprocessing.Pipe()
        arguments = (theirs, url, half_open, heads, seed)
        process = multiprocessing.get_context("spawn").Process(target=run_crowd, args=arguments, daemon=True)
        process.start()
        there = ours.recv()
        beside = figures(read(person, seconds))
        ours.send("end")
        outcome = ours.recv()
        process.join()
    return {"load": round(load, 1), "alone": alone, "beside": beside, "open_at_first": there, **outcome}


def main() -> None:
    """Measures, prints and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half-open", type=int, default=2_000)
    parser.add_argument("--uploads", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    result = {
        "command": f"python -m tests.bench.half_open {shlex.join(sys.argv[1:])}".strip(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "niceness": os.nice(0),
        "seed": chosen.seed,
        **asyncio.run(measure(chosen.half_open, chosen.uploads, chosen.seconds, chosen.seed)),
    }
    print(json.dumps(result, indent=2))
    RESULT.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
