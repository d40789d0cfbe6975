"""Signing somebody up: what must be there before a username is taken. Asked by the command API and by imports."""

from commands.accounts import ClaimUsername
from commands.handling import Cause, Decision, Handler
from commands.ports import Vault
from schemas.ids import AccountId
from schemas.refusals import UsernameTaken


async def signed_up(
    claim: ClaimUsername, cause: Cause, password_hash: str | None, handler: Handler, vault: Vault
) -> Decision:
    """Takes the username, and opens the account with it. Raises UsernameTaken. Safe to repeat under the same cause."""
    # Before the name is taken: whoever finishes this sign-up needs nothing from this process.
    await vault.create_key(claim.actor)
    if password_hash is not None:
        await vault.first_password(claim.actor, password_hash)  # a late retry undoes no change of password
    return await handler.handle(claim, cause)


async def refuse_taken(claim: ClaimUsername, handler: Handler) -> None:
    """Raises UsernameTaken before anything is made for an account that cannot be. Who comes between is refused then."""
    owner: AccountId | None = await handler.state(claim.stream)
    if owner not in (None, claim.actor):
        raise UsernameTaken
