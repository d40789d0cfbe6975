"""What must never be, and what a process does that sees it: say so, and end before it does harm."""

import logging
import os
from typing import Final, NoReturn

BROKEN: Final = 70  # EX_SOFTWARE of sysexits.h

logger = logging.getLogger("photolog.invariants")


class BrokenInvariant(Exception):
    """Something that cannot be true is: going on would do harm. Names streams, versions and ids, never a value."""


def end_process(who: str, broken: BaseException) -> NoReturn:
    """Ends the process at once, without asking anybody: whatever is in flight is as after a crash."""
    logger.critical("%s ends the process: %s", who, broken)
    os._exit(BROKEN)
