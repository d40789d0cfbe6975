"""Two holders of one machine number, one of them stopped for a while: no id is issued twice. On CQL servers."""

import asyncio

import pytest

from commands.ids import Snowflakes
from commands.ports import MachineLost
from infra.cql.ledger import CqlLedger
from infra.cql.machines import IDLE_MS, MACHINES
from infra.cql.session import CqlSession
from schemas.errors import Unavailable
from schemas.ids import Millis
from tests.integration.schedules.fate import Fate, Faulty, Gate, loses_the_answer, pauses_after, pauses_before
from tests.unit.samples import NOON
from tests.unit.test_ids import HandClock

pytestmark = pytest.mark.cluster
USED = "INSERT INTO machines (machine, ceiling, owner) VALUES (?, ?, ?)"


@pytest.fixture
async def crowded(machines: CqlSession) -> CqlSession:
    """Every machine number has been used, long ago."""
    await machines.define(["TRUNCATE machines"])
    await machines.execute_many([(USED, (number, 1, "old")) for number in range(MACHINES)])
    return machines


class Holder:
    """A process that issues ids, its clock and its fate."""

    def __init__(self, cql: CqlSession, now: Millis = NOON) -> None:
        self.clock, self.fate = HandClock(now), Fate()
        self.ids = Snowflakes(Faulty(CqlLedger(cql), self.fate), self.clock)
        self.issued: list[str] = []

    async def issues(self, count: int = 20) -> None:
        self.issued += [await self.ids.digits() for _ in range(count)]

    @property
    def machine(self) -> int:
        return self.ids._machine


async def others_are_busy(cql: CqlSession, free: int, now: Millis) -> None:
    """Leaves this number as the only one that is idle."""
    await cql.execute_many([(USED, (number, now, "busy")) for number in range(MACHINES) if number != free])


async def test_a_process_that_was_stopped_and_lost_its_number_issues_nothing_under_it_again(
    crowded: CqlSession,
) -> None:
    stopped = Holder(crowded)
    await stopped.issues()
    lost = stopped.machine
    later = stopped.clock.now + IDLE_MS + 120_000
    await others_are_busy(crowded, lost, later)
    successor = Holder(crowded, later)
    await successor.issues()
    assert successor.machine == lost
    await stopped.issues()  # its clock stood still with it: these are below its own ceiling
    stopped.clock.now = later + IDLE_MS * 2
    await stopped.issues()
    assert stopped.machine != lost
    await successor.issues()
    assert len({*stopped.issued, *successor.issued}) == len(stopped.issued) + len(successor.issued)


async def test_a_process_that_is_stopped_before_it_raises_its_ceiling_discards_the_ids_that_waited_for_it(
    crowded: CqlSession,
) -> None:
    stopped, gate = Holder(crowded), Gate()
    await stopped.issues()
    lost = stopped.machine
    stopped.clock.now += 120_000
    stopped.fate.at("raise_ceiling", *[pauses_before(gate)] * 4)
    raising = [asyncio.create_task(stopped.issues(1)) for _ in range(4)]
    await gate.reached.wait()
    await others_are_busy(crowded, lost, stopped.clock.now + 1)
    successor = Holder(crowded, stopped.clock.now + IDLE_MS)
    await successor.issues()
    assert successor.machine == lost
    stopped.clock.now = successor.clock.now + 1_000
    gate.open()
    await asyncio.gather(*raising)
    await stopped.issues()
    assert stopped.machine != lost
    assert len({*stopped.issued, *successor.issued}) == 44 + 20


async def test_an_id_whose_ceiling_was_raised_before_the_number_was_lost_is_its_own(crowded: CqlSession) -> None:
    stopped, gate = Holder(crowded), Gate()
    await stopped.issues()
    lost = stopped.machine
    stopped.clock.now += 120_000
    stopped.fate.at("raise_ceiling", pauses_after(gate))
    raising = asyncio.create_task(stopped.issues(1))
    await gate.reached.wait()
    later = stopped.clock.now + IDLE_MS + 240_000
    await others_are_busy(crowded, lost, later)
    successor = Holder(crowded, later)
    await successor.issues()
    assert successor.machine == lost
    gate.open()
    await raising
    assert not {*stopped.issued} & {*successor.issued}
    assert len(set(stopped.issued)) == len(stopped.issued)


async def test_a_ceiling_whose_answer_was_lost_is_raised_again(crowded: CqlSession) -> None:
    holder = Holder(crowded)
    holder.fate.at("raise_ceiling", loses_the_answer)
    with pytest.raises(Unavailable):
        await holder.issues(1)
    await holder.issues()
    assert len(set(holder.issued)) == 20


async def test_a_lost_number_is_told_to_whoever_raises_its_ceiling(crowded: CqlSession) -> None:
    ledger = CqlLedger(crowded)
    machine, ceiling = await ledger.claim_machine(NOON)
    await crowded.apply("UPDATE machines SET owner = 'thief' WHERE machine = ? IF ceiling = ?", (machine, ceiling))
    with pytest.raises(MachineLost):
        await ledger.raise_ceiling(machine, ceiling + 60_000)
