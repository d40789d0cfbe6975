"""How a process lives that reads a log in bulk: what it makes by the thousand is gone a moment later."""

import gc

OBJECTS = 100_000
"""That are made before the collector looks at them."""


def works_in_bulk() -> None:
    """From now on, once everything is loaded."""
    gc.freeze()  # what is loaded by now stays: looking through it again and again costs a third of an export,
    gc.set_threshold(OBJECTS, 10, 100)  # and so does looking at events of which a batch holds thousands
