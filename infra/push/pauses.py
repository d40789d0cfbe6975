"""How long a push gateway wants to be left alone, as its Retry-After says. Kept by its adapter, one a process."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from cachetools import TTLCache

from schemas.errors import Unavailable

LONGEST_S = 3600.0
"""However long it says."""
EVERYBODY = ""
REMEMBERED = 10_000


class Pauses:
    """For one token, or for all."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: TTLCache[str, float] = TTLCache(REMEMBERED, LONGEST_S, clock)

    def check(self, token: str) -> None:
        """Raises Unavailable while the gateway wants nothing for this token."""
        left = max(self._until.get(one, 0.0) for one in (EVERYBODY, token)) - self._clock()
        if left > 0:
            raise Unavailable("the push gateway wants to be left alone", retry_after=round(left) + 1)

    def heed(self, retry_after: str | None, token: str = EVERYBODY) -> None:
        """From an answer that refuses, as RFC 9110 has it; nothing is said without one."""
        if retry_after:
            self._until[token] = self._clock() + min(seconds(retry_after), LONGEST_S)


def seconds(retry_after: str) -> float:
    """A number, or a date; what is neither is no time at all."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0
