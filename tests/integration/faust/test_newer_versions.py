"""A newer version than the worker knows, on real Kafka: the partition waits for the upgrade and then goes on, whole."""

import pytest

from schemas.positions import Partition
from tests.integration.faust.faust_sites import FaustSite, running
from tests.integration.runtime.newer_events import newer_like, upgraded
from tests.integration.runtime.recorder import HERE, THERE, Announced, likes
from tests.integration.runtime.test_newer_versions import SAID

pytestmark = pytest.mark.cluster


async def test_a_newer_version_pauses_its_partition_alone_until_the_worker_is_upgraded(
    site: FaustSite, caplog: pytest.LogCaptureFixture
) -> None:
    here = await site.append([*likes(HERE, 3), newer_like(HERE, 4), *likes(HERE, 3, first=5)])
    there = await site.append(likes(THERE, 3))
    place = Partition.of(here[0])
    outdated = site.driver(site.journal("outdated"))
    outdated.runtime.failing = held = Announced()
    async with running(outdated):
        await held.any.wait()
        await site.drained([here[2], *there])
        await site.drained(await site.append(likes(THERE, 3, first=4)))
        assert held == {place: SAID}
    assert site.journal().taken("outdated")[place] == [0, 1, 2], "what came before it was taken"
    assert f"held at {place[0]}[{place[1]}] 3: {SAID}" in caplog.text

    successor = site.driver(site.journal("successor"))
    with upgraded():
        async with running(successor):
            await site.drained(here)
            assert successor.runtime.failing == {}
    assert site.journal().taken("successor")[place] == [3, 4, 5, 6], "and nothing was lost or taken twice"
    assert site.journal().taken()[Partition.of(there[0])] == list(range(6))
