"""Command APIs and their stores are killed, cut off and delayed under load: what is acknowledged is there, once.

One round or two a fault, thirty with PHOTOLOG_CHAOS=long. PHOTOLOG_CHAOS_SEED repeats a run's choices; timing stays the
machine's.
"""

import json
import os
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from infra.kafka.connection import KafkaConnection
from infra.kafka.log import KafkaLog
from infra.local.stack.stack import Stack
from tests.callers import callers
from tests.chaos.patience import PatientWire
from tests.chaos.report import keep
from tests.chaos.unlimited import UNLIMITED
from tests.chaos.write_faults.campaign import campaign, reckoned
from tests.chaos.write_faults.faults import FAULTS
from tests.chaos.write_faults.gathering import Clients, gathered
from tests.chaos.write_faults.ground import APIS, Ground, only_the_write_side, second_command_api
from tests.chaos.write_faults.ledger import open_ledger
from tests.chaos.write_faults.metrics import watch
from tests.chaos.write_faults.report import Found
from tests.chaos.write_faults.toxics import Toxiproxy
from tests.forms import LONG, ONLY_LONG
from tests.partitions import PARTITIONS
from tests.sites import running_site
from tests.stack import bring_up

ON_THE_WIRE = ("cut connections", "delay connections")
ROUNDS = dict.fromkeys(FAULTS, 30) if LONG else {fault: 2 if fault in ON_THE_WIRE else 1 for fault in FAULTS}
"""On the wire two: one befalls the broker's connections, one those to the CQL server."""
JUDGED_EVERY = 10
TOKENS_S = 2 * 60 * 60
"""Access tokens outlive the run."""
COMMAND = "PHOTOLOG_CHAOS=long .venv/bin/pytest tests/chaos/test_write_faults.py"


@ONLY_LONG
@pytest.mark.chaos
@pytest.mark.cluster
@pytest.mark.timeout(900 + 90 * sum(ROUNDS.values()))
async def test_whatever_is_killed_or_cut_each_command_is_there_once_or_not_at_all(
    stack_to_break: Stack, tmp_path: Path
) -> None:
    seed = os.environ.get("PHOTOLOG_CHAOS_SEED") or str(random.SystemRandom().getrandbits(32))
    print(f"PHOTOLOG_CHAOS_SEED={seed}")
    bring_up(stack_to_break, "toxiproxy")
    found: list[Found] = []
    async with standing(stack_to_break, tmp_path / "site", seed) as (ground, clients):

        async def all_faults() -> None:
            found.extend(await campaign(ground, seed, ROUNDS, JUDGED_EVERY))

        await ground.crowd.run(clients, all_faults)
        told = await reckoned(ground, found)
    text = json.dumps({"command": f"PHOTOLOG_CHAOS_SEED={seed} {COMMAND}", "seed": seed, **told}, indent=2)
    print(text)
    assert_it_proves_something(found)
    if LONG:
        keep(text, "write-faults.json")


def assert_it_proves_something(found: list[Found]) -> None:
    """A third of the rounds left work in the ledger, in the long form of each fault's; what nobody came back for is the
    reconciler's."""
    for some in [[one] for one in found] if LONG else [found]:
        unfinished, rounds = sum(one.rounds_unfinished for one in some), sum(one.rounds for one in some)
        assert 3 * unfinished >= rounds, f"{[one.fault for one in some]}: too few rounds left work in the ledger"
    abandoned, finished = (
        sum(one.abandoned_above_mark for one in found),
        sum(one.reconciler_finished_events for one in found),
    )
    assert abandoned, "nothing was left for the reconciler: the run proves little"
    assert finished, f"{abandoned} decisions were left above a mark, and no reconciler says that it finished any"


@asynccontextmanager
async def standing(stack: Stack, folder: Path, seed: str) -> AsyncIterator[tuple[Ground, Clients]]:
    """A site that serves, with a second command API behind the proxies, and its crowd."""
    environment = {**stack.environment, **UNLIMITED, "PHOTOLOG_ACCESS_TOKEN_S": str(TOKENS_S)}
    async with AsyncExitStack() as opened:
        enter = opened.enter_async_context
        toxics = Toxiproxy(await enter(httpx.AsyncClient(base_url=stack.servers["toxiproxy"].url, trust_env=False)))
        await toxics.reset()
        site = await enter(running_site(environment, folder, awake=False))
        second = second_command_api(site, stack.proxied)
        await second.start()
        await second.ready()
        ways = [site.url, *(site.members[name].url for name in APIS)]
        http, *direct = [await enter(callers(url)) for url in ways]
        wire = PatientWire(http)
        wires = {name: wire.beside(one) for name, one in zip(APIS, direct, strict=True)}
        crowd, clients = await gathered(wire, wires, seed)
        await only_the_write_side(site)
        log = KafkaLog(
            KafkaConnection(environment["PHOTOLOG_KAFKA"]), PARTITIONS, f"{site.environment['PHOTOLOG_SITE']}."
        )
        opened.push_async_callback(log.close)
        ledger = await enter(open_ledger(site.environment))
        workers = watch(site, http)
        await workers.awake()
        yield Ground(site, stack, crowd, toxics, ledger, log, workers), clients
