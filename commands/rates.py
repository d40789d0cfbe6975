"""How often in a minute an account may do what others have to put up with, and an address what is anonymous or fails.
Asked by the command API per call, and by both APIs per request (infra/http/addresses.py)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from commands.limits import MINUTE_S, STATED, Limits
from commands.ports import Gates, Quota
from schemas.errors import RateLimited, Unavailable
from schemas.ids import AccountId, Millis

AWAY_MS = 1_000
"""For how long gates that are away are not asked about addresses."""
What = Literal["comments", "follows", "uploads", "reports", "views"]


@dataclass(frozen=True)
class Rates:
    """A bucket for each account and each thing. Where gates are away nobody is held up: no invariant rests on them."""

    gates: Gates
    clock: Callable[[], Millis]
    limits: Limits = STATED

    async def take(self, what: What, account: AccountId) -> Quota | None:
        """Counts an attempt, whatever comes of it, and says what is left; None where nobody counts. Raises RateLimited
        once there were too many."""
        now = self.clock()
        limit: int = getattr(self.limits, f"{what}_per_minute")
        try:
            quota = await self.gates.draw(f"{what}:{account}", limit, MINUTE_S, now)
        except Unavailable:
            return None
        if not quota.allowed:
            raise RateLimited(f"too many {what} in a minute", limit=quota.limit, reset_at=quota.reset_at, now=now)
        return quota


@dataclass
class AddressRates:
    """A gate for each address: of everybody behind it together, which is why requests with a good token do not count,
    and sessions that go on have a limit of their own (rotation.py). Where gates are away nobody is held up, and for a
    moment nobody asks: log-ins, which must not pass then, have the gate of their account."""

    gates: Gates
    clock: Callable[[], Millis]
    limit: int = STATED.address_requests_per_minute
    _ask_again_at: Millis = 0

    async def take(self, address: str) -> Quota | None:
        """Counts an anonymous request, or one that failed. Raises RateLimited once there were too many."""
        return await self._stands(lambda now: self.gates.take(_gate(address), self.limit, MINUTE_S, now))

    async def admit(self, address: str) -> None:
        """Counts nothing. Raises RateLimited where there were too many before."""
        await self._stands(lambda now: self.gates.peek(_gate(address), self.limit, now))

    async def _stands(self, ask: Callable[[Millis], Awaitable[Quota]]) -> Quota | None:
        now = self.clock()
        if now < self._ask_again_at:
            return None
        try:
            quota = await ask(now)
        except Unavailable:
            self._ask_again_at = now + AWAY_MS
            return None
        if not quota.allowed:
            raise RateLimited(
                "too many requests without a good token from one address",
                limit=quota.limit,
                reset_at=quota.reset_at,
                now=now,
            )
        return quota


def _gate(address: str) -> str:
    return f"address:{address}"


def left(quota: Quota | None) -> dict[str, str]:
    """What a limited answer says of it, by header; a line under each for a hyphen."""
    if quota is None:
        return {}
    said = {"Limit": quota.limit, "Remaining": quota.remaining, "Reset": -(-quota.reset_at // 1000)}
    return {f"X_RateLimit_{name}": str(value) for name, value in said.items()}
