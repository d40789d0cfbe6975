"""Actors: whether whoever acts is an account, and may write. Asked by the handler before every command."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cachetools import TTLCache

from commands.accounts import Account, ClaimUsername, account_stream
from commands.aggregate import SYSTEM, Command
from commands.remembered import ACCOUNTS_S, remembered
from schemas.errors import TokenInvalid
from schemas.refusals import Suspended


@dataclass(frozen=True)
class Actors:
    """Remembers accounts that are there and may write, never that one is not or may not."""

    look: Callable[[str], Awaitable[Any]]
    """The state of a stream, also where rows of it are still to be finished."""
    known: TTLCache[str, bool] = field(default_factory=partial(remembered, within_s=ACCOUNTS_S))

    async def check(self, command: Command) -> None:
        """Raises TokenInvalid unless the actor is the system or an account, and Suspended where it may not write."""
        name = account_stream(command.actor)
        if command.actor.startswith(SYSTEM) or command.stream == name or isinstance(command, ClaimUsername):
            return
        if self.known.get(name):
            return
        account: Account | None = await self.look(name)
        if account is None:
            raise TokenInvalid("this account does not exist any more")
        if not account.suspended:
            self.known[name] = True
        elif not command.while_suspended:
            raise Suspended
