"""How exactly a limit holds across two command APIs, and what asking for it costs.

    PHOTOLOG_KEEP_STACK=1 python -m tests.bench.limits [--per-s 200] [--seconds 10] [--limit 1000]

A site of two command APIs takes anonymous requests of one address, by turns and at a steady rate, for less than the
window: of all, the limit passes. The cost is that of one gate asked by itself, in Redis and in a folder's database, in
several rounds of which the median counts: no machine is equally fast for long. The aim is 0.3 ms each. Writes
tests/bench/results/limits.json.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from pydantic import SecretStr

from commands.ports import Gates
from infra.http.server import run
from infra.process.clock import wall_clock
from infra.process.settings import Settings
from infra.redis.connection import RedisConnection
from infra.redis.gates import RedisGates
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.gates import SqliteGates
from infra.wiring import places
from tests.bench.reports import report
from tests.sites import running_site
from tests.stack import bring_up, stack_in

ROUNDS, ASKED, BESIDE = 7, 960, 32
Ask = Callable[[int], Awaitable[Any]]
ADDRESS = "203.0.113.1"


async def passed(environment: Mapping[str, str], per_s: int, seconds: float, limit: int) -> Counter[int]:
    """By status, what becomes of requests without a token, half of them at each API."""
    settings = {"PHOTOLOG_ADDRESS_REQUESTS_PER_MINUTE": str(limit), "PHOTOLOG_PROXIES": "127.0.0.1"}
    with tempfile.TemporaryDirectory() as folder:
        async with running_site({**environment, **settings}, Path(folder), copies=2, awake=False, removed=True) as site:
            apis = [site.members[f"command-api-{number}"].url for number in (1, 2)]
            async with httpx.AsyncClient(headers={"X-Forwarded-For": ADDRESS}, trust_env=False, timeout=30) as http:
                begun, sent = time.perf_counter(), []
                for number in range(round(per_s * seconds)):
                    await asyncio.sleep(max(0.0, begun + number / per_s - time.perf_counter()))
                    sent.append(asyncio.create_task(http.post(f"{apis[number % 2]}/reports", json={})))
                return Counter([answer.status_code for answer in await asyncio.gather(*sent)])


async def cost_ms(ask: Ask) -> dict[str, float]:
    """Of one: waited for alone, beside others, and of this process's processor."""
    rounds = [await _round(ask) for _ in range(ROUNDS)]
    return {name: round(median(one[name] for one in rounds) * 1_000 / ASKED, 3) for name in rounds[0]}


async def _round(ask: Ask) -> dict[str, float]:
    """Seconds of as many as are asked."""
    cpu, begun = time.process_time(), time.perf_counter()
    for number in range(ASKED):
        await ask(number)
    waited = time.perf_counter()
    for start in range(0, ASKED, BESIDE):
        await asyncio.gather(*(ask(number) for number in range(start, start + BESIDE)))
    ended, of_both = time.perf_counter(), time.process_time() - cpu
    return {"alone": waited - begun, "beside": ended - waited, "cpu": of_both / 2}


async def costs(environment: Mapping[str, str], folder: Path) -> dict[str, dict[str, float]]:
    """Of each kind of gate, and of the shortest trip to Redis that there is."""
    password = environment.get("PHOTOLOG_REDIS_PASSWORD")
    where = Settings(redis=environment["PHOTOLOG_REDIS"], redis_password=SecretStr(password) if password else None)
    connection = RedisConnection(places.redis(where))
    with closing(SqliteDatabase(folder / "views.sqlite", "NORMAL")) as database:
        in_redis, in_sqlite = RedisGates(connection, "bench:"), SqliteGates(database)
        found = {"redis ping": await cost_ms(lambda _number: connection.call("PING"))}
        sides: dict[str, Gates] = {"redis": in_redis, "sqlite": in_sqlite}
        for side, gates in sides.items():
            for kind, method in {"take": gates.take, "draw": gates.draw}.items():
                ask = partial(_asked, method)
                found[f"{side} {kind}"] = await cost_ms(ask)
    await connection.close()
    return found


async def _asked(method: Callable[[str, int, int, int], Awaitable[Any]], number: int) -> None:
    await method(f"bench:{number % 50}", 10**9, 60, wall_clock())


async def measure(said: argparse.Namespace) -> None:
    stack = stack_in(Path(os.environ.get("PHOTOLOG_TEST_STACK", "/tmp/photolog-bench-stack")))
    bring_up(stack)
    statuses = await passed(stack.environment, said.per_s, said.seconds, said.limit)
    with tempfile.TemporaryDirectory() as folder:
        found = {
            "passed": statuses[401],
            "refused": statuses[429],
            "cost_ms": await costs(stack.environment, Path(folder)),
        }
    report("limits", "python -m tests.bench.limits", found, vars(said))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-s", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--limit", type=int, default=1_000)
    run(measure(parser.parse_args()))
