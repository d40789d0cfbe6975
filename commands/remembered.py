"""What a process remembers of what it has read, so that a command need not read it anew: for a while, and so much."""

import time
from collections.abc import Callable
from typing import Any

from cachetools import TTLCache

REMEMBERED_S, REMEMBERED = 30.0, 10_000
"""How long, and how many. What is remembered may have changed since, or its key been destroyed: that is noticed after
so many seconds, at the latest."""


ACCOUNTS_S = 5.0
"""How long accounts are: after so many seconds nobody acts for a suspended one, or on what is its."""


def remembered(steady: Callable[[], float] = time.monotonic, within_s: float = REMEMBERED_S) -> TTLCache[str, Any]:
    """An empty memory. `steady` tells seconds that never go back."""
    return TTLCache(REMEMBERED, within_s, timer=steady)
