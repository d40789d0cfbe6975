"""The wall clock. Handed to whatever needs the time, so that tests can hand in another."""

import time

from schemas.ids import Millis


def wall_clock() -> Millis:
    """Milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000
