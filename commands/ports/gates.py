"""Gates: how often something may happen. Asked by log-in, by what is limited, and for each anonymous request."""

from dataclasses import dataclass
from typing import Protocol

from schemas.ids import Millis


@dataclass(frozen=True)
class Quota:
    """Where a rate gate, or a bucket, stands."""

    allowed: bool
    limit: int
    remaining: int
    reset_at: Millis


class Gates(Protocol):
    """Rate and once-only gates. They may forget: nothing that must be right rests on them."""

    async def take(self, gate: str, limit: int, window_s: int, now: Millis) -> Quota:
        """Takes one of `limit` in the current window of `window_s` seconds that began with the gate's first take."""

    async def draw(self, gate: str, limit: int, window_s: int, now: Millis) -> Quota:
        """Draws one from a bucket of `limit`, which is full at first and gets one back each `window_s / limit` seconds.

        `reset_at`: when one may be drawn again if that was refused, else when it is full. Buckets and gates are apart.
        """

    async def peek(self, gate: str, limit: int, now: Millis) -> Quota:
        """Where the gate stands, taking nothing."""

    async def once(self, gate: str, ttl_s: int, now: Millis) -> bool:
        """True for the first caller within `ttl_s` seconds."""
