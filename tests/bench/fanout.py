"""How many pushes a second RedisFeeds does, against blind ZADD and trim: in one run, on one server of its own.

    .venv/bin/python -m tests.bench.fanout

Every feed is at its limit, so that every push trims. Ways take turns, round by round; the median round counts.
"""

import asyncio
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import redis.asyncio

from infra.redis.commands import Command
from infra.redis.feeds import RedisFeeds
from projections.ports import FEED_LIMIT, FeedEntry
from schemas.ids import AccountId, PostId
from tests.believing import Believing, Seconds, believing, site_rows
from tests.contract.feeds import begun
from tests.redis_server import RedisProcess, redis_server

FEEDS, SIZE = 500, FEED_LIMIT
BATCH, AT_ONCE = 500, 4
ROUNDS, PUSHES = 7, 40_000
RESULT = Path(__file__).parent / "results" / "fanout.json"
COMMAND = "python -m tests.bench.fanout"

Batch = tuple[list[AccountId], FeedEntry]
Push = Callable[[Batch], Awaitable[object]]

ACTIVE = [AccountId(f"ac_{number:011}") for number in range(FEEDS)]
IDLE = [AccountId(f"ac_{number + FEEDS:011}") for number in range(FEEDS)]
AUTHOR = AccountId("ac_00000author")


def entry(number: int) -> FeedEntry:
    return FeedEntry(1_700_000_000_000 + number, PostId(f"po_{number:011}"), AUTHOR)


def commands(batch: Batch) -> list[Command]:
    """Blind: adds and trims whether anybody reads the feed or not."""
    asked: list[Command] = []
    accounts, one = batch
    for account in accounts:
        asked.append(("ZADD", f"raw:{account}", one.published_at, f"{one.post_id} {one.author_id}"))
        asked.append(("ZREMRANGEBYRANK", f"raw:{account}", 0, -SIZE - 1))
    return asked


def batches(accounts: Sequence[AccountId], start: int) -> list[Batch]:
    """One post to each of BATCH feeds, again and again."""
    return [
        ([accounts[(first + place) % FEEDS] for place in range(BATCH)], entry(start + first // BATCH))
        for first in range(0, PUSHES, BATCH)
    ]


async def timed(push: Push, work: list[Batch]) -> tuple[float, float]:
    """Pushes a second, and pushes per CPU second of this process."""
    left = iter(work)

    async def worker() -> None:
        for batch in left:
            await push(batch)

    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return PUSHES / (time.perf_counter() - began), PUSHES / (time.process_time() - cpu)


async def measure(server: RedisProcess, folder: Path) -> dict[str, dict[str, float]]:
    async with site_rows(folder) as rows, believing(rows, server.address, Seconds()) as process:
        await process.settle()
        return await measured(server, process)


async def measured(server: RedisProcess, process: Believing) -> dict[str, dict[str, float]]:
    connection = process.connection
    client = redis.asyncio.Redis(host=server.address.host, port=server.address.port)
    feeds = RedisFeeds(connection, process.belief)

    async def pushed(batch: Batch) -> None:
        accounts, one = batch
        await feeds.push(accounts, [one])

    async def blind(batch: Batch) -> object:
        return await connection.many(commands(batch))

    async def blind_by_redis_py(batch: Batch) -> object:
        pipeline = client.pipeline(transaction=False)
        for command in commands(batch):
            pipeline.execute_command(*command)
        return await pipeline.execute()

    for account in ACTIVE:
        await feeds.complete(account, await begun(feeds, account), [entry(number) for number in range(SIZE)])
    for number in range(SIZE):
        await blind((ACTIVE, entry(number)))

    ways: dict[str, tuple[Push, Sequence[AccountId]]] = {
        "feeds": (pushed, ACTIVE),
        "feeds_that_nobody_reads": (pushed, IDLE),
        "blind": (blind, ACTIVE),
        "blind_by_redis_py": (blind_by_redis_py, ACTIVE),
    }
    rates: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    turn = 0
    for _ in range(ROUNDS):
        for way, (push, accounts) in ways.items():
            turn += 1  # so that nothing is pushed twice
            rates[way].append(await timed(push, batches(accounts, SIZE + turn * PUSHES)))
    full = await feeds.read(ACTIVE[0], SIZE + 1)
    if full is None or len(full.entries) != SIZE or full.floor is None:
        raise RuntimeError("the feeds are not what was measured")
    await client.aclose()
    return {
        way: {
            "pushes_per_s": round(statistics.median(rate for rate, _ in measured)),
            "slowest_round": round(min(rate for rate, _ in measured)),
            "fastest_round": round(max(rate for rate, _ in measured)),
            "pushes_per_cpu_s_of_client": round(statistics.median(rate for _, rate in measured)),
        }
        for way, measured in rates.items()
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as server:
        ways = asyncio.run(measure(server, Path(folder)))
        redis_version = server.ask("INFO", "server")["redis_version"]

    def ratio(one: str, other: str) -> float:
        return round(ways[one]["pushes_per_s"] / ways[other]["pushes_per_s"], 2)

    result: dict[str, Any] = {
        "command": COMMAND,
        "ratio_feeds_to_blind": ratio("feeds", "blind"),
        "ratio_feeds_to_blind_by_redis_py": ratio("feeds", "blind_by_redis_py"),
        "ways": ways,
        "setup": {
            "feeds": FEEDS,
            "entries_a_feed": SIZE,
            "feeds_a_batch": BATCH,
            "batches_in_flight": AT_ONCE,
            "rounds": ROUNDS,
            "pushes_a_round": PUSHES,
            "server": f"Redis {redis_version}, appendonly yes, appendfsync everysec, on the same machine",
        },
        "machine": {
            "cores": os.cpu_count(),
            "load_1_5_15_min": os.getloadavg(),
            "python": platform.python_version(),
            "hiredis": version("hiredis"),
            "redis_py": version("redis"),
        },
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    sys.stdout.write(RESULT.read_text())


if __name__ == "__main__":
    main()
