"""Telling how far something is, no oftener than anybody reads."""

import math
import time
from collections.abc import Callable
from typing import TypeVar

SAID_EVERY_S = 1.0

T = TypeVar("T")


def seldom(say: Callable[[T], None], said: float = -math.inf) -> Callable[[T], None]:
    """Says what it is told once a second at most. `said`: when something was said last, by time.monotonic()."""

    def sometimes(news: T) -> None:
        nonlocal said
        if (now := time.monotonic()) - said >= SAID_EVERY_S:
            said = now
            say(news)

    return sometimes
