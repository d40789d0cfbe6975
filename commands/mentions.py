"""Whom a text mentions: usernames as the ledger knows them, when it is written. Asked by comments and captions."""

from asyncio import gather
from dataclasses import dataclass, field

from commands.accounts import name_digest, username_stream
from commands.handling import Handler
from schemas.ids import AccountId
from schemas.mentions import mentioned


@dataclass(frozen=True)
class Mentions:
    """A name that nobody has mentions nobody, then and later."""

    handler: Handler
    name_secret: bytes = field(repr=False)

    async def of(self, text: str) -> tuple[AccountId, ...]:
        """The accounts that this text mentions, in its order."""
        streams = [username_stream(name_digest(self.name_secret, name)) for name in mentioned(text)]
        owners = await gather(*map(self.handler.states.look, streams))
        return tuple(owner for owner in owners if owner is not None)
