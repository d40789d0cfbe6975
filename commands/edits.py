"""How often somebody may change one thing: what changes without end makes a stream, and a log, without end."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from commands.aggregate import Command
from commands.ports import Gates
from schemas.errors import RateLimited
from schemas.ids import Millis

WINDOW_S: Final = 60 * 60


@dataclass(frozen=True)
class Edits:
    """A gate for each thing and who changes it: nobody uses up what another may do."""

    gates: Gates
    limit: int
    """Changes of one thing in an hour."""
    clock: Callable[[], Millis]

    async def allow(self, command: Command) -> None:
        """Counts an attempt, whatever comes of it. Raises RateLimited once there were too many."""
        now = self.clock()
        quota = await self.gates.take(_gate(command), self.limit, WINDOW_S, now)
        if not quota.allowed:
            raise RateLimited("too many changes of one thing", limit=quota.limit, reset_at=quota.reset_at, now=now)


def _gate(command: Command) -> str:
    """A digest, because the name of a stream may be anything that a client calls a thing."""
    said = f"{command.actor}\n{command.stream}".encode(errors="surrogatepass")
    return f"edits:{hashlib.sha256(said).hexdigest()}"
