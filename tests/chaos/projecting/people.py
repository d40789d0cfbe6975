"""People who sign up as ever, so that their keys are in the vault, before events of theirs are made up."""

from collections.abc import Iterable

from commands.accounts import ClaimUsername, OpenAccount
from commands.handling import Cause, Handler
from events.accounts import AccountOpened
from schemas.ids import COMMAND_PREFIX, AccountId, CommandId


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
