"""Every read model is rebuilt, switched, rolled back and switched again while people read and follow. One of the
rebuilds is killed five times on the way.

Only in `make chaos`: PHOTOLOG_CHAOS_EVENTS (100,000) events in the log, PHOTOLOG_CHAOS_QUERIES (50) and
PHOTOLOG_CHAOS_COMMANDS (10) a second; PHOTOLOG_CHAOS_SEED repeats a run's choices. The report is
tests/bench/results/rebuilds-beside-users.json. The same in small, on both backends: tests/e2e/test_versions.py and
tests/integration/versions/test_killed.py.
"""

import asyncio
import os
import random
import signal
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from infra.local.demo.client import Client
from projections.all import PROJECTIONS
from projections.effects import Projection
from tests.bench.embedded_reads import filled, projected, served
from tests.bench.reports import report
from tests.callers import callers
from tests.chaos.rebuilding.orders import Order, estimates
from tests.chaos.rebuilding.watching import Users
from tests.forms import LONG
from tests.processes import ServerProcess, running_server

EVENTS = int(os.environ.get("PHOTOLOG_CHAOS_EVENTS", "100000"))
QUERIES = float(os.environ.get("PHOTOLOG_CHAOS_QUERIES", "50"))
COMMANDS = float(os.environ.get("PHOTOLOG_CHAOS_COMMANDS", "10"))
KILLED, KILLS = "notifications", 5
"""The longest."""
NEWCOMERS = 8
LONG_LIVED = {"PHOTOLOG_ACCESS_TOKEN_S": "86400"}
OFF = 10
"""Of so many lines that tell the time left one may be off, and one of fewer: shared machines have their moments."""


@pytest.mark.chaos
@pytest.mark.timeout(3_600)
@pytest.mark.skipif(not LONG, reason="its short form is tests/e2e/test_versions.py")
async def test_every_read_model_is_rebuilt_beside_users_and_none_of_them_notices(tmp_path: Path) -> None:
    seed = int(os.environ.get("PHOTOLOG_CHAOS_SEED") or random.SystemRandom().getrandbits(32))
    print(f"PHOTOLOG_CHAOS_SEED={seed}")
    chance, over, found = random.Random(seed), asyncio.Event(), dict[str, Any]()
    data = tmp_path / "data"
    data.mkdir()
    tokens = await filled(data, EVENTS, seed, served)
    async with running_server(data, LONG_LIVED) as server, callers(server.url) as http:
        began = time.monotonic()
        await projected(http)
        found["projected_s"] = round(time.monotonic() - began, 1)
        users = Users(http, tokens, await _newcomers(server.url), random.Random(f"{seed}/users"))
        using = asyncio.create_task(users.use(QUERIES, COMMANDS, over))
        began = time.monotonic()
        try:
            for projection in PROJECTIONS:
                found[projection.name] = await _rebuilt(server, projection, chance)
                print(projection.name, found[projection.name], flush=True)
        finally:
            seconds = time.monotonic() - began
            over.set()
            await using
    found["users"] = {
        "answers": dict(users.answers),
        "a_second": round(users.answers.total() / seconds, 1),
        "slowest_s": round(users.slowest_s, 3),
        "faults": users.faults,
        "wrong": users.wrong,
    }
    setup = {"seed": seed, "events": EVENTS, "queries": QUERIES, "commands": COMMANDS, "kills": KILLS}
    report("rebuilds-beside-users", "make chaos ARGS=tests/chaos/test_rebuilds.py", found, setup)
    assert users.wrong == []
    told = [found[one.name]["time_left"] for one in PROJECTIONS]
    lines, good = (sum(one[name] for one in told) for name in ("lines", "good"))
    assert lines - good <= max(1, lines // OFF)


async def _rebuilt(server: ServerProcess, projection: Projection, chance: random.Random) -> dict[str, Any]:
    """One read model. Of a rebuild that was killed the figures are of what was left; it tells of no events where it
    was over before it could say anything."""
    name = projection.name
    for _ in range(KILLS if name == KILLED else 0):
        order = Order(("rebuild", name), server.environment)
        assert await order.killed_at(chance.uniform(0.02, 0.15)) == -signal.SIGKILL, "over before it could be killed"
    order = Order(("rebuild", name, "--switch"), server.environment)
    assert await order.run() == 0, order.said
    assert order.replayed_s is not None, order.said
    for arguments in (("rollback", name), ("switch", name)):
        again = Order(arguments, server.environment)
        assert await again.run() == 0, again.said
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
