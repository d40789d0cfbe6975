"""How long an embedded server's readers wait while it projects a long log.

    .venv/bin/python -m tests.bench.embedded_reads [--events 100000] [--seed 1] [--readers 8]

A real `photolog serve` over a folder of whose log it has projected only the people; readers of profiles, grids and
/healthz over HTTP from its start until every read model has got to the log's end. Aim: p99 under 100 ms. Writes
tests/bench/results/embedded-reads.json.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from commands.ports import LedgerRow, Log
from infra.process.settings import Settings
from infra.secrets.site import site_secrets
from infra.wiring import assembly
from infra.wiring.folder import databases, ports
from schemas.ids import AccountId
from tests.bench.reports import report
from tests.callers import callers
from tests.chaos.projecting.people import settled_by, tokens_of
from tests.processes import running_server

PEOPLE, APPEND = 60, 1_000
THINKS_S, LOOK_S = 0.02, 1.0
DAY_S = 24 * 3600


@dataclass
class Readers:
    """What they asked, and how long they waited, by kind."""

    http: httpx.AsyncClient
    tokens: dict[AccountId, str]
    chance: random.Random
    waited: dict[str, list[float]] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)

    async def read(self, over: asyncio.Event) -> None:
        """One after the other, with a pause between."""
        while not over.is_set():
            account = self.chance.choice(list(self.tokens))
            kind, path = self.chance.choice(
                [("profile", f"/users/{account}"), ("grid", f"/users/{account}/feed"), ("healthz", "/healthz")]
            )
            began = time.perf_counter()
            answer = await self.http.get(path, headers={"Authorization": f"Bearer {self.tokens[account]}"})
            self.waited.setdefault(kind, []).append(time.perf_counter() - began)
            self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1
            await asyncio.sleep(THINKS_S)


async def filled(
    data: Path, events: int, seed: int, between: Callable[[Path], Awaitable[None]] | None = None
) -> dict[AccountId, str]:
    """A folder with people and so many mixed events in its log, and nothing of them projected. An access token each.
    `between`: done once the people are there, and before the rest is."""
    settings = Settings(data=data, access_token_s=DAY_S)
    secrets = site_secrets(settings)
    with databases(settings) as files:
        opened = await ports(settings, secrets, files, "bench")
        mixed = await settled_by(assembly.handler(opened.write), PEOPLE, random.Random(seed))
        await appended(opened.write.log, mixed.settled())
    if between is not None:
        await between(data)
    with databases(settings) as files:
        await appended((await ports(settings, secrets, files, "bench")).write.log, mixed.more(events))
    return tokens_of(mixed.opened, settings, secrets)


async def appended(log: Log, rows: Sequence[LedgerRow]) -> None:
    """All of them, some at a time."""
    for start in range(0, len(rows), APPEND):
        await log.append(rows[start : start + APPEND])


async def served(data: Path) -> None:
    """By a server that has got to the log's end: its read models are not new to the folder any more."""
    async with running_server(data) as server, callers(server.url) as http:
        await projected(http)


async def projected(http: httpx.AsyncClient) -> None:
    """Returns once nothing is behind, and all is served: what was new to the site is no longer said to be arriving."""
    while True:
        stands = (await http.get("/readyz")).json()
        if not stands["arriving"] and not any(one["lag"] for one in stands["processors"].values()):
            return
        await asyncio.sleep(LOOK_S)


async def measured(data: Path, options: argparse.Namespace) -> dict[str, Any]:
    """From the server's start to the end of the log."""
    tokens = await filled(data, options.events, options.seed, served)
    async with running_server(data) as server:
        began, over = time.perf_counter(), asyncio.Event()
        async with callers(server.url) as http:
            readers = Readers(http, tokens, random.Random(options.seed))
            async with asyncio.TaskGroup() as work:
                for _ in range(options.readers):
                    work.create_task(readers.read(over))
                await projected(http)
                seconds = time.perf_counter() - began
                over.set()
    everything = [one for some in readers.waited.values() for one in some]
    found = {name: figures(some) for name, some in (("all", everything), *sorted(readers.waited.items()))}
    rate = round(options.events / seconds)
    return {"milliseconds": found, "statuses": readers.statuses, "seconds": round(seconds, 1), "events_per_s": rate}


def figures(waited: Sequence[float]) -> dict[str, float]:
    """In milliseconds."""
    ranked = sorted(waited)
    at = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    shown = {
        name: round(1_000 * ranked[min(len(ranked) - 1, int(share * len(ranked)))], 1) for name, share in at.items()
    }
    return {"requests": len(ranked), **shown}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.embedded_reads", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--readers", type=int, default=8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "data")
        data.mkdir()
        found = asyncio.run(measured(data, options))
    report("embedded-reads", "python -m tests.bench.embedded_reads", found, vars(options))


if __name__ == "__main__":
    main()
