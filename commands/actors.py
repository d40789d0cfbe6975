"""Actors: whether whoever acts is an account. Asked by the handler before every command."""

from dataclasses import dataclass, field

from cachetools import TTLCache

from commands.accounts import ClaimUsername, account_stream
from commands.aggregate import SYSTEM, Command
from commands.ports import Ledger
from commands.remembered import remembered
from schemas.errors import TokenInvalid


@dataclass(frozen=True)
class Actors:
    """Remembers accounts that are there, never that one is not."""

    ledger: Ledger
    known: TTLCache[str, bool] = field(default_factory=remembered)

    async def check(self, command: Command) -> None:
        """Raises TokenInvalid unless the actor is the system, or an account that has a mark, or rows to be finished."""
        account = account_stream(command.actor)
        if command.actor.startswith(SYSTEM) or command.stream == account or isinstance(command, ClaimUsername):
            return
        if self.known.get(account):
            return
        if await self.ledger.mark(account) is None and not await self.ledger.newest(account, 1):
            raise TokenInvalid("this account does not exist any more")
        self.known[account] = True
