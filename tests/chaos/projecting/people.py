"""People who sign up as ever, so that their keys are in the vault, before events of theirs are made up."""

import random
from collections.abc import Iterable

from commands.accounts import ClaimUsername, OpenAccount
from commands.handling import Cause, Handler
from events.accounts import AccountOpened
from infra.process.clock import wall_clock
from infra.process.settings import Settings
from infra.secrets.site import Secrets
from infra.wiring import assembly
from schemas.ids import COMMAND_PREFIX, SESSION_PREFIX, AccountId, CommandId, SessionId
from tests.chaos.projecting.mixed import Mixed


async def signed_up(handler: Handler, names: Iterable[str]) -> dict[AccountId, AccountOpened]:
    """What was recorded of each."""
    opened = {}
    for name in names:
        account = AccountId(f"ac_{await handler.ids.digits()}")
        await handler.sealing.vault.create_key(account)
        opening = OpenAccount(account, name, f"{name}@example.org", name.title(), handler.clock())
        command_id = CommandId(f"{COMMAND_PREFIX}_{await handler.ids.digits()}")
        await handler.handle(ClaimUsername(account, name, opening), Cause(command_id, command_id))
        opened[account] = AccountOpened(
            account_id=account,
            username=name,
            email=opening.email,
            display_name=opening.display_name,
            opened_at=opening.at,
        )
    return opened


async def settled_by(handler: Handler, people: int, chance: random.Random) -> Mixed:
    """A town of so many, of whom nothing is in the log yet but that they have signed up."""
    opened = await signed_up(handler, [f"person{number}" for number in range(people)])
    return Mixed(chance, opened, await handler.sealing.vault.keys(sorted(opened)))


def tokens_of(people: Iterable[AccountId], settings: Settings, secrets: Secrets) -> dict[AccountId, str]:
    """An access token each, for as long as the settings say."""
    tokens = assembly.access_tokens(settings, secrets)
    session = SessionId(f"{SESSION_PREFIX}_0")
    return {account: tokens.issue(account, session, wall_clock()) for account in people}
