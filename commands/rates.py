"""How often in a minute an account may do what others have to put up with. Asked by the command API, per call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from commands.limits import MINUTE_S, STATED, Limits
from commands.ports import Gates, Quota
from schemas.errors import RateLimited, Unavailable
from schemas.ids import AccountId, Millis

What = Literal["comments", "follows", "uploads", "reports"]


@dataclass(frozen=True)
class Rates:
    """A gate for each account and each thing. Where gates are away nobody is held up: no invariant rests on them."""

    gates: Gates
    clock: Callable[[], Millis]
    limits: Limits = STATED

    async def take(self, what: What, account: AccountId) -> Quota | None:
        """Counts an attempt, whatever comes of it, and says what is left; None where nobody counts. Raises RateLimited
        once there were too many."""
        now = self.clock()
        limit: int = getattr(self.limits, f"{what}_per_minute")
        try:
            quota = await self.gates.take(f"{what}:{account}", limit, MINUTE_S, now)
        except Unavailable:
            return None
        if not quota.allowed:
            raise RateLimited(f"too many {what} in a minute", limit=quota.limit, reset_at=quota.reset_at, now=now)
        return quota


def left(quota: Quota | None) -> dict[str, str]:
    """What a limited answer says of it, by header; a line under each for a hyphen."""
    if quota is None:
        return {}
    said = {"Limit": quota.limit, "Remaining": quota.remaining, "Reset": -(-quota.reset_at // 1000)}
    return {f"X_RateLimit_{name}": str(value) for name, value in said.items()}
