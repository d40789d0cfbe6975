"""Redis is stopped under writes: everything goes on being projected; after its return nothing old, and no hole.

4 s of it, and three clients; 60 s and four, who read more often, with PHOTOLOG_CHAOS=long. PHOTOLOG_CHAOS_SEED seeds
its choices.
"""

import asyncio
import json
import os
import random
import time
from pathlib import Path

import pytest

from commands.ports import Log
from infra.local.stack.stack import Stack
from tests.callers import callers
from tests.chaos.breakable import breakable
from tests.chaos.faults.crowd import Crowd, gathered
from tests.chaos.faults.reckoning import drained, reckon
from tests.chaos.test_server_faults import BACK_WITHIN_S, BEFORE_S, open_log, pids_of
from tests.chaos.unlimited import UNLIMITED
from tests.forms import LONG
from tests.pace import patient
from tests.sites import running_site

AWAY_S = 60.0 if LONG else 4.0
TIMES, LAG_S = 2, 2.0
"""Without Redis readers wait at most so many times as long as before, and so many seconds: others use the servers too.
What waits for Redis itself never ends: Redis comes back after the last look.
"""
LOOKS, LOOKS_APART_S = 3, 0.5
"""So many at least, however long they take on this machine."""
RESULTS = Path(__file__).parents[1] / "bench" / "results" / "redis-away.json"
COMMAND = "PHOTOLOG_CHAOS=long .venv/bin/pytest tests/chaos/test_redis_away.py"


@pytest.mark.chaos
@pytest.mark.cluster
@pytest.mark.timeout(900)
async def test_while_redis_is_away_everything_goes_on_being_projected(stack: Stack, tmp_path: Path) -> None:
    seed = int(os.environ.get("PHOTOLOG_CHAOS_SEED") or random.SystemRandom().getrandbits(32))
    print(f"PHOTOLOG_CHAOS_SEED={seed}")
    prefix = f"r{seed:x}"
    with breakable(stack, tmp_path, "redis") as servers:
        environment = {**servers.environment, **UNLIMITED, "PHOTOLOG_SITE": prefix}
        async with (
            running_site(environment, tmp_path / "site", awake=False) as site,
            callers(site.url) as http,
            open_log(environment, prefix) as log,
        ):
            pids = pids_of(site)
            crowd = await gathered(http, log, str(seed))
            usual, lags = await lags_without_redis(servers.own, crowd, log)
            for client in crowd.clients:
                await drained(client, log)
            await reckon(crowd.clients, log)
            assert crowd.record.faults == []
            assert pids_of(site) == pids, "a process of ours ended"
    if LONG:
        found = {"command": f"PHOTOLOG_CHAOS_SEED={seed} {COMMAND}", "seed": seed, "away_s": AWAY_S, "lags_s": lags}
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps({**found, "longest_lag_s": max(lags)}, indent=2) + "\n")
    assert max(lags) < TIMES * usual + patient(LAG_S), f"readers waited {lags}, and {usual} when Redis was there"


async def lags_without_redis(stack: Stack, crowd: Crowd, log: Log) -> tuple[float, list[float]]:
    """One outage under load; how long readers waited, again and again, for all that was in the log when they asked.

    Before that, the longest that they waited while Redis was there: asking for everything takes its time too.
    """
    before: list[float] = []
    lags: list[float] = []

    async def look(seen: list[float]) -> None:
        asked = time.monotonic()
        await drained(crowd.clients[len(seen) % len(crowd.clients)], log)
        seen.append(round(time.monotonic() - asked, 2))
        await asyncio.sleep(LOOKS_APART_S)

    async def fail() -> None:
        await asyncio.sleep(BEFORE_S)
        for _ in range(LOOKS):
            await look(before)
        await asyncio.to_thread(stack.kill, "redis")
        gone = time.monotonic()
        while time.monotonic() < gone + AWAY_S or len(lags) < LOOKS:
            await look(lags)
        await asyncio.to_thread(stack.up, ["redis"])
        await crowd.all_served(time.monotonic(), patient(BACK_WITHIN_S))

    await crowd.run(fail)
    return max(before), lags
