"""Properties of the write protocol under schedules that are drawn: any steps in any order, deaths, lost answers,
writes that land later, retries on other processes, two reconcilers. PHOTOLOG_SEED repeats one schedule,
PHOTOLOG_SCHEDULES sets how many are drawn."""

import asyncio
import math
import os
import random
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from commands import announcing, handling
from commands.accounts import ChangeProfile, ClaimUsername, username_stream
from commands.aggregate import Command
from commands.all import AGGREGATES, Aggregates
from commands.follows import FollowAccount, UnfollowAccount
from commands.handling import Decision
from processors import reconciler
from schemas.errors import PhotologError, Unavailable
from schemas.ids import AccountId
from tests.forms import LONG
from tests.integration.schedules.at_once import commit_at_once
from tests.integration.schedules.drawn_schedule import DrawnSchedule, says
from tests.integration.schedules.fate import Killed
from tests.integration.schedules.releases import OTHER_RELEASE
from tests.integration.schedules.write_judge import assert_sound, assert_states
from tests.integration.schedules.write_processes import Process, WriteSite, sqlite_site

SCHEDULES = int(os.environ.get("PHOTOLOG_SCHEDULES", "1000" if LONG else "40"))
SEEDS = [int(os.environ["PHOTOLOG_SEED"])] if "PHOTOLOG_SEED" in os.environ else None
WRITERS, COMMANDS, TRIES = 4, 5, 5
SHORT = {"newest": 4, "every": 2}
"""So that most streams are longer than what is read of them."""


@pytest.fixture
def _nothing_waits_for_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    commit_at_once(monkeypatch)
    monkeypatch.setattr(handling, "PAUSE_S", 0)
    monkeypatch.setattr(reconciler, "QUIET", 2)
    monkeypatch.setattr(announcing, "KNOWN_S", math.inf)  # nobody ever learns that it was retired


@dataclass
class Story:
    """One drawn schedule: who wanted what, and what they were told."""

    site: WriteSite
    schedule: DrawnSchedule
    accounts: list[AccountId]
    claims: list[ClaimUsername]
    told: dict[str, Decision] = field(default_factory=dict)
    folded_by: dict[str, Aggregates] = field(default_factory=dict)
    """The release of whoever told it."""
    streams: set[str] = field(default_factory=set)

    def command(self) -> Command:
        """Something that somebody wants: two accounts and the edges between them, so that most of it collides."""
        draw = self.schedule.draw
        one, other = draw.sample(self.accounts, 2)
        wants = draw.choice([ChangeProfile, ChangeProfile, FollowAccount, UnfollowAccount, ClaimUsername])
        if wants is ChangeProfile:
            return ChangeProfile(one, None, f"bio {draw.random()}")
        return draw.choice(self.claims) if wants is ClaimUsername else wants(one, other)

    def started(self, instance: str) -> Process:
        """A process in place of the one before, under its name or another, of one of two releases."""
        again = instance and self.schedule.draw.random() < 0.5
        name = instance if again else self.schedule.name("instance")
        release = self.schedule.draw.choice([AGGREGATES, OTHER_RELEASE])
        return self.site.process(name, self.schedule.fate(), aggregates=release)

    async def writer(self, number: int) -> None:
        """Commands one after the other, each tried again, on a process that lives, until there is an answer."""
        instance = self.schedule.name("instance")
        process = self.started(instance)
        for place in range(COMMANDS):
            command, name = self.command(), self.schedule.name(f"cm {number}.{place}")
            self.streams.add(command.stream)
            for _ in range(self.schedule.draw.randrange(1, TRIES)):
                try:
                    self.told[name] = await process.does(command, name)
                    self.folded_by[name] = process.handler.states.aggregates
                    break
                except Unavailable:
                    process = self.schedule.draw.choice([process, process, process, self.started(instance)])
                except PhotologError:
                    break
                except Killed:
                    process = self.started(instance)

    async def reconciles(self, done: asyncio.Event) -> None:
        """Passes of a reconciler in a process of its own, which dies like the others."""
        process = self.started("")
        while not done.is_set():
            try:
                await process.reconciler.once()
            except Unavailable:
                continue
            except Killed:
                process = self.started("")

    async def told_by(self) -> None:
        """Everybody at once."""
        done = asyncio.Event()
        reconcilers = [asyncio.ensure_future(self.reconciles(done)) for _ in range(2)]
        await asyncio.gather(*(self.writer(number) for number in range(WRITERS)))
        done.set()
        await asyncio.gather(*reconcilers)
        await asyncio.gather(*(process.fate.landed() for process in self.site.processes))


async def tell(site: WriteSite, schedule: DrawnSchedule) -> int:
    """One schedule, and the judgement; the number of acknowledged commands that decided something."""
    site.states = SHORT
    accounts = [await site.account(schedule.name("account")) for _ in range(2)]
    name = schedule.name("name")
    claims = [await site.claim(AccountId(schedule.name("ac")), name) for _ in range(2)]
    story = Story(site, schedule, accounts, claims)
    await story.schedule.run(story.told_by())
    known = await site.stores.announcements.known("", 10_000)
    await site.reconciled(len(known) // reconciler.RETIRED_AT_ONCE + 4)
    await assert_sound(site, {*story.streams, username_stream(name)}, story.told)
    for release in (AGGREGATES, OTHER_RELEASE):
        told = {name: one for name, one in story.told.items() if story.folded_by[name] is release}
        await assert_states(site, story.streams, release, told)
    return sum(bool(decision.events) for decision in story.told.values())


@pytest.mark.chaos
@pytest.mark.timeout(3_600)
@pytest.mark.usefixtures("_nothing_waits_for_clocks")
@pytest.mark.parametrize("together", [False, True], ids=["alone", "in transactions"])
async def test_whatever_the_schedule_versions_have_no_hole_and_what_was_told_is_there_once(
    tmp_path: Path, together: bool
) -> None:
    seeds = SEEDS or random.sample(range(2**32), SCHEDULES // 5 if together else SCHEDULES)
    decided = 0
    for seed in seeds:
        with TemporaryDirectory(dir=tmp_path) as folder, sqlite_site(Path(folder), together) as site, says(seed):
            decided += await tell(site, DrawnSchedule(seed, late=not together))
    print(f"{len(seeds)} schedules, {decided} commands decided and acknowledged")
    assert decided >= len(seeds), "most commands get somewhere"


@pytest.mark.parametrize("seed", [4266445597, 937049620])
@pytest.mark.usefixtures("_nothing_waits_for_clocks")
async def test_a_retry_whose_insert_lands_after_it_has_read_the_stream_is_told_where_it_can_be_seen(
    tmp_path: Path, seed: int
) -> None:
    """Found by the draw above: it was told the place of the version before, at which a reader did not wait for it."""
    with sqlite_site(tmp_path) as site:
        await tell(site, DrawnSchedule(seed, late=True))


@pytest.mark.usefixtures("_nothing_waits_for_clocks")
async def test_a_seed_is_a_schedule(tmp_path: Path) -> None:
    steps = []
    for attempt in ("first", "again"):
        with sqlite_site(tmp_path / attempt) as site:
            await tell(site, DrawnSchedule(7))
            steps.append([process.fate.taken for process in site.processes])
    assert steps[0] == steps[1]
