"""Two of each process under load, killed in turn: nothing acknowledged is lost or doubled, no read is ever wrong.

10 seconds, 120 with PHOTOLOG_CHAOS=long. PHOTOLOG_CHAOS_SEED repeats a run's choices; timing stays the machine's.
"""

import asyncio
import json
import os
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.site import LocalSite
from infra.local.stack.stack import Stack
from tests.callers import callers
from tests.chaos.killer import Killer
from tests.chaos.load import Load, settle_in
from tests.chaos.patience import PatientWire
from tests.chaos.recovery import (
    assert_added_once_by_repeats,
    assert_readable,
    assert_same_answers,
    wait_for_media,
)
from tests.chaos.report import keep
from tests.chaos.unlimited import UNLIMITED
from tests.chaos.visible import LookBack
from tests.chaos.watcher import Watcher
from tests.chaos.world import World
from tests.forms import LONG, ONLY_LONG
from tests.reference.kafka_log import read_cluster_log
from tests.sites import running_site

SECONDS, KILL_EVERY_S = (120, 3.5) if LONG else (10, 1.5)
LEAST_KILLS = 10 if LONG else 2
PER_SECOND, CLIENTS, CAREFUL = (50, 24, 6) if LONG else (25, 12, 4)
FIRST_POSTS, WATCHERS = 1, 2
ASKED_AGAIN = 400
"""How many commands are sent again at the end, to see that they are answered as before."""
COMMAND = "PHOTOLOG_CHAOS=long .venv/bin/pytest tests/chaos/test_cluster_kill.py"


@ONLY_LONG
@pytest.mark.chaos
@pytest.mark.cluster
@pytest.mark.timeout(300 + 4 * SECONDS)
async def test_processes_that_are_killed_in_turn_lose_nothing_and_show_nothing_wrong(
    stack: Stack, tmp_path: Path
) -> None:
    seed = os.environ.get("PHOTOLOG_CHAOS_SEED") or str(random.SystemRandom().getrandbits(32))
    print(f"PHOTOLOG_CHAOS_SEED={seed}")
    async with (
        running_site({**stack.environment, **UNLIMITED}, tmp_path / "site", copies=2, awake=False) as site,
        callers(site.url) as http,
    ):
        text = json.dumps({"command": COMMAND, "seed": seed, **await storm(site, http, seed)}, indent=2)
    print(text)
    if LONG:
        keep(text, "cluster-kill.json")


async def storm(site: LocalSite, http: httpx.AsyncClient, seed: str) -> dict[str, Any]:
    """The load, the kills and the readers at once; and then what must hold. What was measured."""
    world, wire, killer = World(), PatientWire(http), Killer(site, KILL_EVERY_S)
    look_back = LookBack(wire)
    watchers = [Watcher(world, wire, random.Random(f"{seed}/watcher {number}")) for number in range(WATCHERS)]
    await settle_in(world, wire, seed, CLIENTS, FIRST_POSTS)
    load = Load(
        world,
        wire,
        seed,
        left=0,
        pause_s=1 / PER_SECOND,
        may_end=lambda: killer.over,
        look_back=look_back,
        careful=CAREFUL,
    )
    measured = await at_once(load, killer, watchers)
    settled = time.monotonic()
    found = await assert_right(site, world, wire, random.Random(f"{seed}/after"))
    vanished = set().union(look_back.gone, *(watcher.gone for watcher in watchers))
    assert vanished <= {post.post_id for post in world.photos.values() if post.state == "deleted"}, "a post vanished"
    return {
        **measured,
        "kills": dict(killer.kills),
        "own_writes_looked_at": look_back.looks,
        "other_reads": sum(watcher.reads for watcher in watchers),
        "repeated_because": dict(wire.borne),
        "longest_until_answered_s": dict(wire.longest_s),
        **found,
        "seconds_to_compare_all": round(time.monotonic() - settled, 1),
    }


async def at_once(load: Load, killer: Killer, watchers: Sequence[Watcher]) -> dict[str, float]:
    """Commands, kills and reads, until all of them are over. How many commands, and how fast while there were kills."""
    began, over = time.monotonic(), asyncio.Event()
    measured: dict[str, float] = {}

    async def kill() -> None:
        await killer.run(SECONDS, LEAST_KILLS)
        seconds = time.monotonic() - began
        per_second = round(load.acknowledged / seconds, 1)
        measured.update(seconds=round(seconds, 1), commands=load.acknowledged, commands_per_second=per_second)

    async with asyncio.TaskGroup() as around:
        for task in (kill(), *(watcher.watch(over) for watcher in watchers)):
            around.create_task(task)
        try:
            await load.run()
        finally:
            over.set()
    return {**measured, "seconds_until_all_were_answered": round(time.monotonic() - began, 1)}


async def assert_right(site: LocalSite, world: World, wire: PatientWire, chance: random.Random) -> dict[str, Any]:
    """The log is sound and holds each answered command once; answers stand; reads equal the reference model."""
    again = chance.sample(world.attempts, min(ASKED_AGAIN, len(world.attempts)))
    await assert_same_answers(wire, again)
    await wait_for_media(world, wire)
    log = await read_cluster_log(site.environment)
    unnamed = assert_added_once_by_repeats(world, log, wire.repeated)
    await assert_readable(world, wire, log, limit=chance.choice([3, 7, 100]))
    return {
        "log_events": len(log),
        "late_duplicates": sum(len(event.again) for event in log),
        "commands_repeated": len(wire.repeated),
        "of_which_answered_from_a_later_event": unnamed,
    }
