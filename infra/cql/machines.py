"""CqlMachines: which process issues ids under which machine number, and up to when. Part of the ledger."""

import random
import uuid

from commands.ports import MachineLost
from infra.cql.answers import Record
from infra.cql.races import insist
from infra.cql.session import CqlSession
from schemas.errors import Unavailable
from schemas.ids import MACHINE_BITS, Millis

DDL = "CREATE TABLE IF NOT EXISTS machines (machine int PRIMARY KEY, ceiling bigint, owner text)"
ALL = "SELECT machine, ceiling, owner FROM machines"
ONE = "SELECT ceiling, owner FROM machines WHERE machine = ?"
CLAIM = "INSERT INTO machines (machine, ceiling, owner) VALUES (?, ?, ?) IF NOT EXISTS"
TAKE_OVER = "UPDATE machines SET ceiling = ?, owner = ? WHERE machine = ? IF owner = ? AND ceiling = ?"
RAISE = "UPDATE machines SET ceiling = ? WHERE machine = ? IF owner = ? AND ceiling < ?"
MACHINES = 1 << MACHINE_BITS
IDLE_MS = 60 * 60 * 1_000
"""How far in the past a ceiling lies before another process may take the number: its owner has then issued nothing for
that long. Only once every number has been used is any taken over."""


class CqlMachines:
    """The numbers that this process has claimed. A successor starts above the ceiling, and its predecessor is refused
    a higher one: so no id is issued twice, whatever the clocks say."""

    def __init__(self, session: CqlSession) -> None:
        self._session = session
        self._owners: dict[int, str] = {}

    async def claim(self, now: Millis) -> tuple[int, Millis]:
        """A number that nobody had, else the one that has been idle longest. Raises Unavailable if all are in use.

        A number whose claim is uncertain is left alone until it counts as idle.
        """
        owner = uuid.uuid4().hex

        async def attempt() -> tuple[int, Millis] | None:
            taken = {record["machine"]: record for record in await self._session.execute(ALL)}
            free = [machine for machine in range(MACHINES) if machine not in taken]
            if free:
                machine, ceiling = random.choice(free), now
                claimed = await self._session.apply(CLAIM, (machine, ceiling, owner))
            else:
                idle = _idle_longest(list(taken.values()), now)
                machine, ceiling = idle["machine"], max(now, idle["ceiling"])
                values = (ceiling, owner, machine, idle["owner"], idle["ceiling"])
                claimed = await self._session.apply(TAKE_OVER, values)
            return (machine, ceiling) if claimed else None

        machine, ceiling = await insist(attempt)
        self._owners[machine] = owner
        return machine, ceiling

    async def raise_ceiling(self, machine: int, ceiling: Millis) -> None:
        """Raises it, or leaves it. Raises MachineLost if the number is not this process's (any more)."""
        owner = self._owners.get(machine)
        if owner is None:
            raise MachineLost(f"machine number {machine} was not claimed by this process")

        async def attempt() -> bool | None:
            if await self._session.apply(RAISE, (ceiling, machine, owner, ceiling)):
                return True
            found = await self._session.execute(ONE, (machine,), serial=True)
            if not found or found[0]["owner"] != owner:
                raise MachineLost(f"another process has taken over machine number {machine}")
            return True if found[0]["ceiling"] >= ceiling else None

        await insist(attempt)


def _idle_longest(machines: list[Record], now: Millis) -> Record:
    longest = min(machines, key=lambda record: int(record["ceiling"]))
    if longest["ceiling"] > now - IDLE_MS:
        raise Unavailable("every machine number is in use")
    return longest
