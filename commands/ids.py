"""Snowflake ids: 41 bits of milliseconds, 10 of machine, 12 of sequence, as 11 base-62 digits behind a prefix.

The scheme is Twitter's Snowflake (2010). Ids are issued only below a ceiling that the ledger holds for the machine
number, so a restarted process never issues an id twice, whatever its clock says.
"""

from collections.abc import Callable

from commands.ports import Ledger, MachineLost
from schemas.ids import ALPHABET, COMMAND_PREFIX, EPOCH, MACHINE_BITS, SEQUENCE_BITS, CommandId, Millis, base62

CEILING_AHEAD_MS = 60_000


class Snowflakes:
    """Issues ids for one process. Call from one event loop."""

    def __init__(self, ledger: Ledger, clock: Callable[[], Millis]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._machine = -1
        self._time: Millis = 0
        self._sequence = 0
        self._ceiling: Millis = 0

    async def command_id(self) -> CommandId:
        """The id of a command that nobody outside has given one."""
        return CommandId(f"{COMMAND_PREFIX}_{await self.digits()}")

    async def digits(self) -> str:
        """The digits of a fresh id, without prefix.

        The number is composed before anything is awaited: tasks that wait together must not get the same one. The
        ceiling is raised early, so that it happens in a command's first call, which stands outside its transaction.
        A process that was stopped for so long that another took its machine number over claims a new one.
        """
        while True:
            if self._machine < 0:
                await self._claim()
            self._tick()
            number, time, machine = self._compose(), self._time, self._machine
            if time <= self._ceiling - CEILING_AHEAD_MS // 2:
                return base62(number)
            ceiling = time + CEILING_AHEAD_MS
            try:
                await self._ledger.raise_ceiling(machine, ceiling)
            except MachineLost:
                if self._machine == machine:
                    self._machine = -1
                continue
            if self._machine == machine:
                self._ceiling = max(self._ceiling, ceiling)
            return base62(number)

    async def _claim(self) -> None:
        machine, ceiling = await self._ledger.claim_machine(self._clock())
        if self._machine < 0:
            self._machine, self._ceiling = machine, ceiling
            self._time = max(self._clock(), ceiling + 1)

    def _tick(self) -> None:
        now = max(self._clock(), self._time)
        if now > self._time:
            self._time, self._sequence = now, 0
            return
        self._sequence += 1
        if self._sequence >> SEQUENCE_BITS:
            self._time, self._sequence = self._time + 1, 0

    def _compose(self) -> int:
        return (
            (self._time - EPOCH) << (MACHINE_BITS + SEQUENCE_BITS)
            | self._machine << SEQUENCE_BITS
            | self._sequence
        )  # fmt: skip


def issued_at(digits: str) -> Millis:
    """When an id with these digits was issued. Raises ValueError for what no id has."""
    number = 0
    for digit in digits:
        number = number * len(ALPHABET) + ALPHABET.index(digit)
    return EPOCH + (number >> (MACHINE_BITS + SEQUENCE_BITS))


def lowest(at: Millis) -> str:
    """Digits below those of every id that is issued at this time or later."""
    return base62(max(0, at - EPOCH) << (MACHINE_BITS + SEQUENCE_BITS))
