"""How many views a process takes: POST /views in batches of a hundred, beside what their store takes bare.

Run as `python -m tests.bench.views [--cluster] [--seconds N] [--readers N]`. The store of a cluster is the one that
PHOTOLOG_KAFKA names; its command API is not started: what it does besides is what the embedded one does.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import orjson

from commands.ports import Viewed
from infra.kafka.admin import administering
from infra.kafka.connection import KafkaConnection
from infra.kafka.topics import VIEWS, ensure_topics
from infra.kafka.viewed import KafkaViewLog
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.viewed import SqliteViewLog
from tests.callers import callers
from tests.e2e.people import Person
from tests.processes import running_server
from tests.unlimited import RATES

BATCH, PARTITIONS = 100, 4
VIEWS_SAID = [
    {"post_id": f"po_{number:011}", "surface": "feed", "rank": number, "dwell_ms": 1_850} for number in range(BATCH)
]


async def rate(callers_: int, seconds: float, say: Callable[[int], Awaitable[None]]) -> int:
    """Views a second, of so many who say a batch after the other."""
    batches, began = 0, time.perf_counter()

    async def one(number: int) -> None:
        nonlocal batches
        while time.perf_counter() - began < seconds:
            await say(number)
            batches += 1

    await asyncio.gather(*(one(number) for number in range(callers_)))
    return round(batches * BATCH / (time.perf_counter() - began))


async def over_http(options: argparse.Namespace) -> tuple[int, int]:
    """Through one embedded process: views a second, and views a second of its processor time, which is what it takes
    that has a core for itself."""
    with tempfile.TemporaryDirectory() as folder:
        async with running_server(Path(folder) / "data", RATES) as server, callers(server.url) as http:
            people = await asyncio.to_thread(signed_up, server.url, options.readers)
            content, kind = orjson.dumps(VIEWS_SAID), {"Content-Type": "application/json"}

            async def say(number: int) -> None:
                answer = await http.post("/views", content=content, headers={**people[number].bearer, **kind})
                assert answer.status_code == 202, answer.text

            before, began = processor_s(server.process.pid), time.perf_counter()
            views = await rate(options.readers, options.seconds, say)
            took, spent = time.perf_counter() - began, processor_s(server.process.pid) - before
            return views, round(views * took / spent)


def processor_s(pid: int) -> float:
    """What a process has taken so far."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def signed_up(url: str, number: int) -> list[Person]:
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as http:
        return [Person.signed_up(http, f"reader{one}") for one in range(number)]


async def bare_sqlite(options: argparse.Namespace) -> int:
    """The adapter alone."""
    with tempfile.TemporaryDirectory() as folder:
        database = SqliteDatabase(Path(folder) / "viewed.sqlite", "NORMAL")
        log = SqliteViewLog(database)
        found = await rate(options.readers, options.seconds, lambda one: log.append(viewed(one)))
        database.close()
        return found


async def bare_kafka(options: argparse.Namespace) -> int:
    """The adapter alone, over a topic of its own."""
    connection, prefix = KafkaConnection(os.environ["PHOTOLOG_KAFKA"]), f"bench-{uuid.uuid4().hex[:8]}."
    await ensure_topics(connection, 1, 1, {VIEWS: PARTITIONS}, prefix)
    log = KafkaViewLog(connection, PARTITIONS, prefix)
    try:
        return await rate(options.readers, options.seconds, lambda one: log.append(viewed(one)))
    finally:
        await log.close()
        async with administering(connection, "a bench") as admin:
            await admin.delete_topics([prefix + VIEWS])


def viewed(number: int) -> Viewed:
    return Viewed(f"{number:032}", int(time.time() * 1_000), VIEWS_SAID)


async def measured(options: argparse.Namespace) -> dict[str, Any]:
    views, a_core = await over_http(options)
    rates = {"POST /views": views, "POST /views, a core": a_core, "sqlite alone": await bare_sqlite(options)}
    if options.cluster:
        rates["kafka alone"] = await bare_kafka(options)
    return {"readers": options.readers, "batch": BATCH, "views_a_second": rates}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cluster", action="store_true", help="also the store of a cluster")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--readers", type=int, default=16)
    print(json.dumps(asyncio.run(measured(parser.parse_args())), indent=2))
