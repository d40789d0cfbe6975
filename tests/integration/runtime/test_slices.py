"""An embedded process answers requests while it catches up: between any two slices of a batch the loop is others'."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from infra.wiring.subscribers import SLICE, TURNS, sliced
from processors.appliers import Appliers
from processors.log_driver import LogDriver
from processors.planning import Plan
from tests.integration.runtime.recorder import HERE, THERE, Recorder, likes
from tests.integration.stores import KEPT, drained, open_site

REQUEST = "request"


@dataclass
class Diary(Recorder):
    """A recorder that also writes down how large its slices are, among what others do."""

    events: list[str | int] = field(default_factory=list)

    async def apply(self, plans: Sequence[Plan]) -> None:
        await super().apply(plans)
        self.events.append(len(plans))


async def test_between_two_slices_others_get_as_many_turns_as_a_request_takes(
    tmp_path: Path,
) -> None:
    site = open_site(tmp_path, ["one@v1", "two@v1"])
    await site.tables.create(KEPT)
    events: list[str | int] = []
    diaries = [Diary(id=name, events=events) for name in ("one@v1", "two@v1")]
    lock = asyncio.Lock()
    runtimes = [sliced(site.runtime(one, appliers=Appliers(one, {})), lock) for one in diaries]
    places = await site.append(*likes(HERE, 400), *likes(THERE, 400))

    async def requests() -> None:
        while True:
            events.append(REQUEST)
            await asyncio.sleep(0)

    work = [*(LogDriver(runtime).run() for runtime in runtimes), requests()]
    running = [asyncio.create_task(one) for one in work]
    for diary in diaries:
        await drained(site, diary, [places[399], places[-1]])
    for task in running:
        task.cancel()
    for task in running:
        with suppress(asyncio.CancelledError):
            await task
    slices = [place for place, event in enumerate(events) if event != REQUEST]
    assert sum(int(events[place]) for place in slices) == 2 * len(places)
    assert max(int(events[place]) for place in slices) == SLICE
    assert all(later - place > TURNS for place, later in pairwise(slices))
