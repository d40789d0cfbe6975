"""Each server is killed under load and started again: clear refusals, no wrong answer, and nothing of ours restarted.

4 s each; 20 s with PHOTOLOG_CHAOS=long. PHOTOLOG_CHAOS_SEED seeds its choices.
"""

import asyncio
import os
import random
import shutil
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from infra.kafka.connection import KafkaConnection
from infra.kafka.log import KafkaLog
from infra.local.site import LocalSite
from infra.local.stack.stack import Stack
from tests.callers import callers
from tests.chaos.faults.crowd import Crowd, gathered
from tests.chaos.faults.reckoning import drained, reckon
from tests.chaos.faults.report import Outage, Times, keep, report
from tests.chaos.unlimited import UNLIMITED
from tests.forms import LONG, ONLY_LONG
from tests.pace import patient
from tests.partitions import PARTITIONS
from tests.sites import running_site

DOWN_S = 20.0 if LONG else 4.0
BEFORE_S = 1.0
BACK_WITHIN_S = 30.0
OUTAGES = ("kafka", "cql", *(["redis"] if LONG else []), "redis, which forgets everything", "minio")


@ONLY_LONG
@pytest.mark.chaos
@pytest.mark.cluster
@pytest.mark.timeout(900)
async def test_a_server_that_is_killed_costs_refusals_and_nothing_else(stack_to_break: Stack, tmp_path: Path) -> None:
    seed = int(os.environ.get("PHOTOLOG_CHAOS_SEED") or random.SystemRandom().getrandbits(32))
    print(f"PHOTOLOG_CHAOS_SEED={seed}")
    prefix = f"f{seed:x}"
    environment = {**stack_to_break.environment, **UNLIMITED, "PHOTOLOG_SITE": prefix}
    outages: list[Outage] = []
    async with (
        running_site(environment, tmp_path / "site", awake=False) as site,
        callers(site.url) as http,
        open_log(environment, prefix) as log,
    ):
        pids = pids_of(site)
        crowd = await gathered(http, log, str(seed))
        for what in OUTAGES:
            outages.append(await without(what, stack_to_break, crowd))
            print(outages[-1], *crowd.record.faults, sep="\n")
            for client in crowd.clients:
                await drained(client, log)
            await reckon(crowd.clients, log)
            assert pids_of(site) == pids, "a process of ours ended"
        assert crowd.record.faults == []
        unfelt = [outage.what for outage in outages if not outage.refused and not outage.what.startswith("redis")]
        assert unfelt == [], "outages that nobody felt"
    if LONG:
        keep(report(seed, outages))


async def without(what: str, stack: Stack, crowd: Crowd) -> Outage:
    """One outage under load, from before it until everything is served again."""
    server, _, forgets = what.partition(", ")
    begun, times = len(crowd.record.said), Times()

    async def fail() -> None:
        await asyncio.sleep(BEFORE_S)
        times.killed = time.monotonic()
        await asyncio.to_thread(stack.kill, server)
        await asyncio.sleep(DOWN_S)
        if forgets:
            shutil.rmtree(stack.servers[server].folder / "data")
        await asyncio.to_thread(stack.up, [server])
        times.up = time.monotonic()
        times.served = await crowd.all_served(times.up, patient(BACK_WITHIN_S))

    await crowd.run(fail)
    return Outage.of(what, DOWN_S, times, crowd.record.said[begun:])


@asynccontextmanager
async def open_log(servers: Mapping[str, str], prefix: str) -> AsyncIterator[KafkaLog]:
    """The site's log, as it is on the broker."""
    log = KafkaLog(KafkaConnection(servers["PHOTOLOG_KAFKA"]), PARTITIONS, f"{prefix}.")
    try:
        yield log
    finally:
        await log.close()


def pids_of(site: LocalSite) -> dict[str, int | None]:
    """The process of each member; None for one that has ended."""
    return {name: member.pid for name, member in site.members.items()}
