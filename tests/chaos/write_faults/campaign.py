"""All faults in turn, again and again under one load, each followed by a judgement of everything so far."""

import asyncio
import random
import time
from collections.abc import Mapping
from typing import Any

from tests.chaos.write_faults.faults import FAULTS, Fault
from tests.chaos.write_faults.ground import APIS, Ground
from tests.chaos.write_faults.report import Found
from tests.pace import patient

WARM, WARM_S, WARM_WITHIN_S = 50, (0.0, 1.0), 60.0
"""Load before a fault, once every command API serves again: so many commands, and then a little longer."""
BACK_WITHIN_S = 60.0


async def campaign(ground: Ground, seed: str, rounds: Mapping[str, int], judged_every: int) -> list[Found]:
    """So many rounds of each fault: what was left unfinished at each, and how long it took until all was well."""
    pids, found = ground.pids(), []
    for name, fault in FAULTS.items():
        one = Found(name)
        found.append(one)
        finished, duplicates = await ground.watch.finished(), await ground.duplicates()
        for number in range(rounds[name]):
            await _round(ground, one, fault, number, random.Random(f"{seed}/{name}/{number}"))
            assert ground.pids() == pids, "a process that nobody killed has ended"
            if (number + 1) % judged_every == 0 or number + 1 == rounds[name]:
                began = time.monotonic()
                one.late_duplicates = (await ground.judged()).late_duplicates - duplicates
                print(f"{name}: {len(ground.crowd.sent)} commands judged in {time.monotonic() - began:.1f} s")
        one.reconciler_finished_events = await ground.watch.finished() - finished
    return found


async def reckoned(ground: Ground, found: list[Found]) -> dict[str, Any]:
    """The last judgement, when every client has its answer or has given up; the report."""
    judgement = await ground.judged()
    return {
        "commands": len(ground.crowd.sent),
        "acknowledged": ground.crowd.acknowledged,
        "log_events": len(judgement.log),
        "late_duplicates": judgement.late_duplicates,
        "reconciler_finished_events": await ground.watch.finished(),
        "reconciler_unfinished_streams": await ground.watch.unfinished(),
        "faults": [one.as_json(ground.crowd.sent, judgement) for one in found],
    }


async def _round(ground: Ground, found: Found, fault: Fault, number: int, chance: random.Random) -> None:
    acknowledged = ground.crowd.acknowledged
    await ground.crowd.until(lambda: ground.crowd.acknowledged >= acknowledged + WARM, patient(WARM_WITHIN_S))
    await asyncio.sleep(chance.uniform(*WARM_S))
    ground.crowd.fault = found.fault
    began = time.monotonic()
    blow = await fault(ground, number, chance)
    recovery = await ground.crowd.served(APIS, blow.healed, patient(BACK_WITHIN_S))
    await ground.whole_again()
    found.count(blow, recovery)
    found.acknowledged += ground.crowd.acknowledged - acknowledged
    left = ", ".join(f"{count} {what}" for what, count in blow.unfinished.counted.items())
    seconds = time.monotonic() - began
    print(f"{found.fault} {number}, {blow.how}: left {left}; {seconds:.1f} s, served after {recovery:.1f} s")
