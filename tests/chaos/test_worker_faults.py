"""Workers are killed and stopped, and the servers that they use, while events are projected: then all is as it must be.

A worker, one server (another each run) and a worker that is stopped, over some hundred events. With
PHOTOLOG_CHAOS=long: 30 kills of workers over 100,000 events, and each server killed five times. PHOTOLOG_CHAOS_SEED
repeats events and choices; timing stays the machine's.
"""

import asyncio
import json
import os
import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.cql.session import CqlSession
from infra.local.stack.stack import Stack
from infra.process.environment import load_settings
from infra.secrets.site import site_secrets
from infra.wiring import assembly, places
from infra.wiring.cluster import connected
from tests.callers import callers
from tests.chaos.breakable import breakable
from tests.chaos.patience import PatientWire
from tests.chaos.projecting.campaign import Campaign, Size
from tests.chaos.projecting.faults import SERVERS, STOPPED, WORKER
from tests.chaos.projecting.town import PARTITIONS, running_town
from tests.chaos.report import keep
from tests.forms import LONG
from tests.sites import remove_site
from tests.stack import THROWN_AWAY

EVENTS = int(os.environ.get("PHOTOLOG_CHAOS_EVENTS") or (100_000 if LONG else 800))
SIZE = (
    Size(people=120, events=EVENTS, first=[], then=[], posts=500, backlog=1_500)
    if LONG
    else Size(people=8, events=EVENTS, first=[WORKER], then=[STOPPED], posts=30, backlog=5_000)
)
KILLS, OTHERS = 30, 5
COMMAND = ".venv/bin/pytest tests/chaos/test_worker_faults.py"


@pytest.mark.chaos
@pytest.mark.cluster
@pytest.mark.timeout(3_000 if LONG else 900)
async def test_whatever_befalls_workers_and_servers_every_table_feed_and_count_is_right(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = int(os.environ.get("PHOTOLOG_CHAOS_SEED") or random.SystemRandom().getrandbits(32))
    print(f"PHOTOLOG_CHAOS_SEED={seed}")
    size = sized(seed)
    hit = {SERVERS[kind][0] for kind in (*size.first, *size.then) if kind in SERVERS}
    with breakable(stack, tmp_path, *hit) as servers:
        here = {**servers.environment, "PHOTOLOG_SITE": f"w{seed:x}", "PHOTOLOG_PARTITIONS": str(PARTITIONS)}
        for name, value in here.items():
            monkeypatch.setenv(name, value)
        found = await campaign(servers.own, here, tmp_path, size, random.Random(seed))
    left, faults = found["faults_that_left_unfinished_work"], found["faults"]
    text = json.dumps({"command": f"{_form()}PHOTOLOG_CHAOS_SEED={seed} {COMMAND}", "seed": seed, **found}, indent=2)
    print(text)
    assert 3 * left >= faults, "too few faults left work unfinished: the test proves little"
    if LONG:
        keep(text, "worker-faults.json")


async def campaign(
    to_break: Stack, environment: Mapping[str, str], folder: Path, size: Size, chance: random.Random
) -> dict[str, Any]:
    """A town in this process's environment, and what becomes of it."""
    settings = load_settings()
    async with connected(settings) as cluster, running_town(to_break, cluster, folder, environment) as town:
        session = await asyncio.to_thread(CqlSession.connect, places.cql_servers(settings), places.keyspace(settings))
        async with callers(town.query_api.url) as http:
            tokens = assembly.access_tokens(settings, site_secrets(settings))
            found = await Campaign(town, session, tokens, PatientWire(http), chance, size).run()
        await asyncio.to_thread(session.close)
    if not THROWN_AWAY:
        await remove_site(environment, environment["PHOTOLOG_SITE"])
    return found


def sized(seed: int) -> Size:
    """The size of this run. By chance are of the short form which server, and of the long one the order."""
    chance = random.Random(f"{seed}/order")
    if not LONG:
        return replace(SIZE, first=[WORKER, chance.choice(list(SERVERS))])
    kinds = [*[WORKER] * KILLS, *[kind for kind in (*SERVERS, STOPPED) for _ in range(OTHERS)]]
    chance.shuffle(kinds)
    half = len(kinds) // 2
    return Size(SIZE.people, SIZE.events, kinds[:half], kinds[half:], SIZE.posts, SIZE.backlog)


def _form() -> str:
    return f"PHOTOLOG_CHAOS=long PHOTOLOG_CHAOS_EVENTS={EVENTS} " if LONG else ""
