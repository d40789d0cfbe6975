"""How many views a process takes: POST /views in batches of a hundred, beside what their store takes bare.

    .venv/bin/python -m tests.bench.views [--cluster] [--seconds 8] [--readers 64]

By the clock, and for each second of the processor time of the process that serves: a busy machine changes little of
that. An embedded server; with --cluster also a command API of a site, on the stack in PHOTOLOG_TEST_STACK. The aim is
20,000 views a second. Writes tests/bench/results/views.json.
"""

import argparse
import asyncio
import os
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import orjson

from commands.ports import Viewed
from infra.http.server import run
from infra.kafka.admin import administering
from infra.kafka.connection import KafkaConnection
from infra.kafka.topics import VIEWS, ensure_topics
from infra.kafka.viewed import KafkaViewLog
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.viewed import SqliteViewLog
from tests.bench.feed.load import asked
from tests.bench.reports import report
from tests.callers import caller
from tests.e2e.people import Person
from tests.processes import running_server
from tests.sites import running_site
from tests.stack import bring_up, stack_in
from tests.unlimited import RATES

BATCH, PARTITIONS = 100, 4
VIEWS_SAID = [
    {"post_id": f"po_{number:011}", "surface": "feed", "rank": number, "dwell_ms": 1_850} for number in range(BATCH)
]
Rates = dict[str, float]


@dataclass(frozen=True)
class Api:
    """A process that takes views."""

    url: str
    pid: int

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.url.removeprefix("http://").rpartition(":")
        return host, int(port)


async def over_http(api: Api, readers: int, seconds: float) -> Rates:
    """Each of the readers says a batch after the other."""
    requests = await asyncio.to_thread(requests_of, api, readers)
    await asked(api, cycle(requests), readers, 1.0, 202)  # a server that has just started is slower
    said = await asked(api, cycle(requests), readers, seconds, 202)
    waited = {f"p{part}_ms": round(said.quantile(part / 100) * 1_000, 1) for part in (50, 99)}
    return {**figures(said.count, said.seconds, said.cpu_s), **waited}


def requests_of(api: Api, number: int) -> Sequence[bytes]:
    """A batch of each of so many new people, as it goes over the wire."""
    body = orjson.dumps(VIEWS_SAID)
    with caller(api.url) as http:
        people = [Person.signed_up(http, f"reader{one}") for one in range(number)]
    said = {"Host": "bench", "Content-Type": "application/json", "Content-Length": str(len(body))}
    heads = ("".join(f"{name}: {text}\r\n" for name, text in {**said, **who.bearer}.items()) for who in people)
    return [b"POST /views HTTP/1.1\r\n%b\r\n%b" % (head.encode(), body) for head in heads]


def figures(batches: int, seconds: float, cpu_s: float) -> Rates:
    """Views a second."""
    return {"views_per_s": round(batches * BATCH / seconds), "views_per_cpu_s": round(batches * BATCH / cpu_s)}


async def bare(append: Callable[[Viewed], Awaitable[None]], writers: int, seconds: float) -> Rates:
    """An adapter alone, in this process."""
    batches, began, cpu = 0, time.perf_counter(), time.process_time()

    async def one(number: int) -> None:
        nonlocal batches
        while time.perf_counter() - began < seconds:
            await append(Viewed(f"{number:032}", int(time.time() * 1_000), VIEWS_SAID))
            batches += 1

    await asyncio.gather(*(one(number) for number in range(writers)))
    return figures(batches, time.perf_counter() - began, time.process_time() - cpu)


async def bare_sqlite(options: argparse.Namespace) -> Rates:
    with tempfile.TemporaryDirectory() as folder:
        database = SqliteDatabase(Path(folder) / "viewed.sqlite", "NORMAL")
        found = await bare(SqliteViewLog(database).append, options.readers, options.seconds)
        database.close()
        return found


async def bare_kafka(environment: Mapping[str, str], options: argparse.Namespace) -> Rates:
    """Over a topic of its own."""
    connection, prefix = KafkaConnection(environment["PHOTOLOG_KAFKA"]), f"bench-{uuid.uuid4().hex[:8]}."
    await ensure_topics(connection, 1, 1, {VIEWS: PARTITIONS}, prefix)
    log = KafkaViewLog(connection, PARTITIONS, prefix)
    try:
        return await bare(log.append, options.readers, options.seconds)
    finally:
        await log.close()
        async with administering(connection, "a bench") as admin:
            await admin.delete_topics([prefix + VIEWS])


async def embedded(options: argparse.Namespace) -> Rates:
    with tempfile.TemporaryDirectory() as folder:
        async with running_server(Path(folder) / "data", RATES) as server:
            return await over_http(Api(server.url, server.process.pid), options.readers, options.seconds)


async def cluster(environment: Mapping[str, str], options: argparse.Namespace) -> Rates:
    with tempfile.TemporaryDirectory() as folder:
        async with running_site(environment, Path(folder), awake=False, removed=True) as site:
            api = site.members["command-api-1"]
            return await over_http(Api(api.url, api.pid or 0), options.readers, options.seconds)


def beside(through: Rates, alone: Rates) -> dict[str, Any]:
    """A server and its store."""
    return {
        "POST /views": through,
        "the store alone": alone,
        "ratio_to_store": round(through["views_per_cpu_s"] / alone["views_per_cpu_s"], 3),
        "load": round(os.getloadavg()[0], 1),
    }


async def measured(options: argparse.Namespace) -> dict[str, Any]:
    found = {"embedded": beside(await embedded(options), await bare_sqlite(options))}
    if options.cluster:
        stack = stack_in(Path(os.environ.get("PHOTOLOG_TEST_STACK", "/tmp/photolog-bench-stack")))
        await asyncio.to_thread(bring_up, stack)
        environment = stack.environment
        found["cluster"] = beside(await cluster(environment, options), await bare_kafka(environment, options))
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cluster", action="store_true", help="also a command API of a cluster")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--readers", type=int, default=64)
    said = parser.parse_args()
    report("views", "python -m tests.bench.views", run(measured(said)), vars(said))
