"""Actors: whether whoever acts is an account. Asked by the handler before every command."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from commands.accounts import ClaimUsername, account_stream
from commands.aggregate import SYSTEM, Command
from commands.ports import Ledger
from schemas.errors import TokenInvalid

REMEMBERED_S, REMEMBERED = 30.0, 10_000
"""How long, and of how many accounts, it is remembered that they are there."""


@dataclass(frozen=True)
class Actors:
    """Remembers accounts that are there, never that one is not."""

    ledger: Ledger
    steady: Callable[[], float] = time.monotonic
    _known: dict[str, float] = field(default_factory=dict)
    """Until when; the oldest first."""

    async def check(self, command: Command) -> None:
        """Raises TokenInvalid unless the actor is the system, or an account that has a mark, or rows to be finished."""
        account, now = account_stream(command.actor), self.steady()
        if command.actor.startswith(SYSTEM) or command.stream == account or isinstance(command, ClaimUsername):
            return
        if self._known.get(account, now) > now:
            return
        if await self.ledger.mark(account) is None and not await self.ledger.load(account):
            raise TokenInvalid("this account does not exist any more")
        self._known.pop(account, None)
        self._known[account] = now + REMEMBERED_S
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
