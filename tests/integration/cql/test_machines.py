"""Machine numbers when all have been used: who may take one over, and what becomes of the one who had it."""

import pytest

from commands.ports import MachineLost
from infra.cql.ledger import CqlLedger
from infra.cql.machines import CLAIM, IDLE_MS, MACHINES
from infra.cql.session import CqlSession
from schemas.errors import Unavailable

NOW = 1_700_000_000_000
IDLE, BUSY = NOW - IDLE_MS - 1, NOW - IDLE_MS + 1


@pytest.fixture
async def ledger(machines: CqlSession) -> CqlLedger:
    """One process, and the first that takes a number."""
    await machines.define(["TRUNCATE machines"])
    return CqlLedger(machines)


async def test_a_ceiling_is_raised_only_by_the_process_that_claimed_the_number(
    ledger: CqlLedger, machines: CqlSession
) -> None:
    machine, ceiling = await ledger.claim_machine(NOW)
    await ledger.raise_ceiling(machine, ceiling + 1)
    await ledger.raise_ceiling(machine, ceiling + 1)
    with pytest.raises(MachineLost, match="not claimed"):
        await CqlLedger(machines).raise_ceiling(machine, ceiling + 2)


async def test_once_all_numbers_are_used_the_idle_one_is_taken_over_and_its_owner_is_stopped(
    ledger: CqlLedger, machines: CqlSession
) -> None:
    machine, _ = await ledger.claim_machine(IDLE)
    for number in range(MACHINES):
        if number != machine:
            await machines.apply(CLAIM, (number, BUSY, "somebody"))
    successor = CqlLedger(machines)
    assert await successor.claim_machine(NOW) == (machine, NOW)
    with pytest.raises(MachineLost, match="taken over"):
        await ledger.raise_ceiling(machine, NOW + 60_000)
    await successor.raise_ceiling(machine, NOW + 60_000)
    with pytest.raises(Unavailable, match="in use"):
        await CqlLedger(machines).claim_machine(NOW)
