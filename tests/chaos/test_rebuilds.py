"""Every read model is rebuilt, switched, rolled back and switched again while people read and follow. One of the
rebuilds is killed five times on the way.

Only in `make chaos`: PHOTOLOG_CHAOS_EVENTS in the log (500,000 embedded, 100,000 on a cluster), PHOTOLOG_CHAOS_QUERIES
(100) and PHOTOLOG_CHAOS_COMMANDS (50) a second; PHOTOLOG_CHAOS_SEED repeats a run's choices. The reports are
tests/bench/results/rebuilds-beside-users-<backend>.json. The same in small, on both: tests/e2e/test_versions.py
and tests/integration/versions/test_killed.py.
"""

import asyncio
import os
import random
import signal
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from infra.local.demo.client import Client
from infra.local.stack.stack import Stack
from projections.all import PROJECTIONS
from projections.effects import Projection
from tests.bench.reports import report, spread
from tests.callers import callers
from tests.chaos.rebuilding import grounds
from tests.chaos.rebuilding.grounds import Ground
from tests.chaos.rebuilding.orders import Order, estimates
from tests.chaos.rebuilding.watching import Users
from tests.forms import LONG

QUERIES = float(os.environ.get("PHOTOLOG_CHAOS_QUERIES", "100"))
COMMANDS = float(os.environ.get("PHOTOLOG_CHAOS_COMMANDS", "50"))
KILLED, KILLS = "notifications", 5
"""The longest."""
NEWCOMERS = 8
OFF = 10
"""Of so many lines that tell the time left one may be off, and one of fewer: shared machines have their moments."""

only_long = pytest.mark.skipif(not LONG, reason="its short form is tests/e2e/test_versions.py")


@only_long
@pytest.mark.chaos
@pytest.mark.timeout(3_600)
async def test_every_read_model_is_rebuilt_beside_users_and_none_of_them_notices(tmp_path: Path) -> None:
    seed, events = _seed(), _events(500_000)
    async with grounds.embedded(tmp_path, events, seed) as ground:
        await _campaign(ground, "embedded", events, seed)


@only_long
@pytest.mark.chaos
@pytest.mark.cluster
@pytest.mark.timeout(3_600)
async def test_every_read_model_of_a_cluster_is_rebuilt_beside_users_and_none_of_them_notices(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed, events = _seed(), _events(100_000)
    async with grounds.cluster(stack, tmp_path, events, seed, monkeypatch) as ground:
        await _campaign(ground, "cluster", events, seed)


def _seed() -> int:
    seed = int(os.environ.get("PHOTOLOG_CHAOS_SEED") or random.SystemRandom().getrandbits(32))
    print(f"PHOTOLOG_CHAOS_SEED={seed}")
    return seed


def _events(usual: int) -> int:
    return int(os.environ.get("PHOTOLOG_CHAOS_EVENTS") or usual)


async def _campaign(ground: Ground, backend: str, events: int, seed: int) -> None:
    """One read model after the other, beside users; what was found is kept, and must be right."""
    found: dict[str, Any] = {"projected_s": round(ground.projected_s, 1)}
    chance, over = random.Random(seed), asyncio.Event()
    async with callers(ground.url) as http:
        users = Users(http, ground.tokens, await _newcomers(ground.url), random.Random(f"{seed}/users"))
        using = asyncio.create_task(users.use(QUERIES, COMMANDS, over))
        began = time.monotonic()
        try:
            for projection in PROJECTIONS:
                found[projection.name] = await _rebuilt(ground.environment, projection, chance)
                print(projection.name, found[projection.name], flush=True)
        finally:
            seconds = time.monotonic() - began
            over.set()
            await using
    found["users"] = {
        "answers": dict(users.answers),
        "a_second": round(users.answers.total() / seconds, 1),
        "took": {kind: spread(seconds) for kind, seconds in users.took.items()},
        "faults": users.faults,
        "wrong": users.wrong,
    }
    setup = {"seed": seed, "events": events, "queries": QUERIES, "commands": COMMANDS, "kills": KILLS}
    command = "PHOTOLOG_CHAOS=long .venv/bin/pytest tests/chaos/test_rebuilds.py"
    report(f"rebuilds-beside-users-{backend}", command, found, setup)
    assert users.wrong == []
    told = [found[one.name]["time_left"] for one in PROJECTIONS]
    lines, good = (sum(one[name] for one in told) for name in ("lines", "good"))
    assert lines - good <= max(1, lines // OFF)


async def _rebuilt(environment: Mapping[str, str], projection: Projection, chance: random.Random) -> dict[str, Any]:
    """One read model. Of a rebuild that was killed the figures are of what was left; it tells of no events where it
    was over before it could say anything."""
    name = projection.name
    for _ in range(KILLS if name == KILLED else 0):
        order = Order(("rebuild", name), environment)
        assert await order.killed_at(chance.uniform(0.02, 0.15)) == -signal.SIGKILL, "over before it could be killed"
    order = Order(("rebuild", name, "--switch"), environment)
    assert await order.run() == 0, order.last_words
    assert order.replayed_s is not None, order.last_words
    for arguments in (("rollback", name), ("switch", name)):
        again = Order(arguments, environment)
        assert await again.run() == 0, again.last_words
    events = max((one.events for one in order.progress), default=0)
    return {
        "events": events,
        "replayed_s": round(order.replayed_s, 1),
        "time_left": asdict(estimates(order)),
        "verdict": next((line for line in order.said if "compared" in line and "differ" in line), ""),
        "load": round(os.getloadavg()[0], 1),
    }


async def _newcomers(url: str) -> dict[str, str]:
    """Their tokens, by account."""
    found = {}
    for number in range(NEWCOMERS):
        async with callers(url) as http:
            client = Client(http)
            await client.sign_up(f"newcomer{number}", "a long password")
            found[client.account_id] = client.access_token or ""
    return found
