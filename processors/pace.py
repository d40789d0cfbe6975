"""How much a subscriber takes on at once. Set by the wiring, from settings."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """How much a subscriber takes on."""

    batch: int = 500
    """Events whose rows are written at once, at most."""
    width: int = 1000
    """Events of a partition that are taken while the first of them is not finished."""
    at_once: int = 16
    """Reactions that this process carries out at the same time."""
    turns: int = 1
    """Turns of the event loop that others get between two batches."""
    dead_letters: int = 20
    """Events that this process puts aside in an hour; then the partition waits instead."""

    @property
    def backlog(self) -> int:
        """Events of a partition that may wait in memory before more are fetched, while it is busy or held."""
        return 4 * self.batch

    @property
    def room(self) -> int:
        """Events of a partition that wait in memory at most: a backlog, and the fetch that was under way."""
        return self.backlog + self.batch
