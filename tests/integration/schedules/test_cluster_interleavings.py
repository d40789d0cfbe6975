"""The properties of test_interleavings.py on the cluster: real seconds between any two steps, real overlaps.

PHOTOLOG_SEED draws the same faults and pauses; what the servers make of them may differ."""

import random

import pytest

from tests.forms import LONG
from tests.integration.schedules.drawn_schedule import RealTime, says
from tests.integration.schedules.test_interleavings import SEEDS, tell
from tests.integration.schedules.write_processes import cluster_site

SCHEDULES = 30 if LONG else 2


@pytest.mark.chaos
@pytest.mark.cluster
@pytest.mark.timeout(3_600)
async def test_with_seconds_between_any_two_steps_what_was_told_is_there_once(request: pytest.FixtureRequest) -> None:
    decided = 0
    for seed in SEEDS or random.sample(range(2**32), SCHEDULES):
        async with cluster_site(request) as site:
            with says(seed):
                decided += await tell(site, RealTime(seed))
    print(f"{decided} commands decided and acknowledged")
    assert decided
