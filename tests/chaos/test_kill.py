"""The server is killed in the middle of a load and started again: nothing acknowledged is lost, nothing is done twice.

Two rounds of 120 commands, ten of 300 with PHOTOLOG_CHAOS=long. PHOTOLOG_CHAOS_SEED repeats a run's choices; timing
stays the machine's.
"""

import asyncio
import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.callers import callers
from tests.chaos.load import COMMANDS, Load, settle_in
from tests.chaos.recovery import (
    assert_added_once,
    assert_readable,
    assert_same_answers,
    assert_whole,
    retry,
    wait_for_media,
)
from tests.chaos.report import Round, keep, report
from tests.chaos.unlimited import UNLIMITED
from tests.chaos.wire import Wire
from tests.chaos.world import World
from tests.chaos.wreck import salvage
from tests.forms import LONG
from tests.processes import ServerProcess, running_server
from tests.reference.log import read_log

ROUNDS = 10 if LONG else 2
LONGEST_DELAY_S = 0.02
"""The kill falls up to this much after the acknowledgement that it is tied to: into any step of the next commands."""


@pytest.mark.chaos
@pytest.mark.timeout(180 * ROUNDS)
async def test_a_kill_loses_nothing_acknowledged_and_does_nothing_twice(tmp_path: Path) -> None:
    seed = int(os.environ.get("PHOTOLOG_CHAOS_SEED") or random.SystemRandom().getrandbits(32))
    rounds = []
    for number in range(ROUNDS):
        print(f"PHOTOLOG_CHAOS_SEED={seed}, round {number}")
        (tmp_path / f"round{number}").mkdir()
        rounds.append(await kill_once(tmp_path / f"round{number}", f"{seed}/{number}"))
    text = report(seed, rounds)
    print(text)
    assert 3 * sum(one.left_work for one in rounds) >= ROUNDS, "too few kills left work undone: the test proves little"
    if LONG:
        keep(text, "kill.json")


async def kill_once(folder: Path, seed: str) -> Round:
    """One server's life, death and second life."""
    chance = random.Random(f"{seed}/kill")
    found = Round(seed, killed_at=chance.randrange(COMMANDS // 10, COMMANDS * 8 // 10))
    async with (
        running_server(folder / "data", UNLIMITED) as server,
        callers(server.url) as http,
    ):
        wire, world = Wire(http), World()
        await settle_in(world, wire, seed)
        load = Load(world, wire, seed, killer(server, found.killed_at, chance.uniform(0, LONGEST_DELAY_S)))
        interrupted = [attempt for attempt in await load.run() if not attempt.acknowledged]
        assert await server.ended() == -signal.SIGKILL, f"the server ended by itself:\n{server.last_words()}"
        found.acknowledged, found.interrupted = load.acknowledged, len(interrupted)
        there = assert_whole(world, salvage(server.data, folder / "wreck"), interrupted, found)

        await server.start()
        await assert_same_answers(wire, world.attempts)
        retried = await retry(world, wire, interrupted)
        await wait_for_media(world, wire)
        log = read_log(server.data)
        found.log_events = len(log)
        assert_added_once(world, log, retried, there)
        await assert_readable(world, wire, log, limit=chance.choice([3, 7, 100]))
    return found


def killer(server: ServerProcess, at: int, delay_s: float) -> Callable[[int], None]:
    """Kills the server shortly after this many commands were acknowledged."""

    def acknowledged(number: int) -> None:
        if number == at:
            asyncio.get_running_loop().call_later(delay_s, server.kill)

    return acknowledged
