"""Workers are killed and stopped, and the servers that they use, while events are projected: then all is as it must be.

A worker, one server (another each run) and a worker that is stopped, over some hundred events. With
PHOTOLOG_CHAOS=long: 30 kills of workers over 100,000 events, and each server killed five times. PHOTOLOG_CHAOS_SEED
repeats events and choices; timing stays the machine's.
"""

import asyncio
import json
import os
import random
from dataclasses import replace
from pathlib import Path

import pytest

from infra.cql.session import CqlSession
from infra.local.stack.stack import Stack
from infra.process.environment import load_settings
from infra.secrets.site import site_secrets
from infra.wiring import assembly, places
from infra.wiring.cluster import connected
from tests.callers import callers
from tests.chaos.patience import PatientWire
from tests.chaos.projecting.campaign import Campaign, Size
from tests.chaos.projecting.faults import KINDS, STOPPED, WORKER
from tests.chaos.projecting.town import PARTITIONS, running_town
from tests.chaos.report import keep
from tests.forms import LONG

SERVERS = [kind for kind in KINDS if kind not in (WORKER, STOPPED)]
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
    stack_to_break: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = int(os.environ.get("PHOTOLOG_CHAOS_SEED") or random.SystemRandom().getrandbits(32))
    print(f"PHOTOLOG_CHAOS_SEED={seed}")
    environment = {**stack_to_break.environment, "PHOTOLOG_SITE": f"w{seed:x}", "PHOTOLOG_PARTITIONS": str(PARTITIONS)}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    async with (
        connected(settings) as cluster,
        running_town(stack_to_break, cluster, tmp_path, environment) as town,
    ):
        session = await asyncio.to_thread(CqlSession.connect, places.cql_servers(settings), places.keyspace(settings))
        async with callers(town.query_api.url) as http:
            tokens = assembly.access_tokens(settings, site_secrets(settings))
            campaign = Campaign(town, session, tokens, PatientWire(http), random.Random(seed), sized(seed))
            found = await campaign.run()
        await asyncio.to_thread(session.close)
    left, faults = found["faults_that_left_unfinished_work"], found["faults"]
    text = json.dumps({"command": f"{_form()}PHOTOLOG_CHAOS_SEED={seed} {COMMAND}", "seed": seed, **found}, indent=2)
    print(text)
    assert 3 * left >= faults, "too few faults left work unfinished: the test proves little"
    if LONG:
        keep(text, "worker-faults.json")


def sized(seed: int) -> Size:
    """The size of this run. By chance are of the short form which server, and of the long one the order."""
    chance = random.Random(f"{seed}/order")
    if not LONG:
        return replace(SIZE, first=[WORKER, chance.choice(SERVERS)])
    kinds = [*[WORKER] * KILLS, *[kind for kind in (*SERVERS, STOPPED) for _ in range(OTHERS)]]
    chance.shuffle(kinds)
    half = len(kinds) // 2
    return Size(SIZE.people, SIZE.events, kinds[:half], kinds[half:], SIZE.posts, SIZE.backlog)


def _form() -> str:
    return f"PHOTOLOG_CHAOS=long PHOTOLOG_CHAOS_EVENTS={EVENTS} " if LONG else ""
