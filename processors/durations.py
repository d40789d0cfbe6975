"""Durations: how long something took, each time, as a histogram. Filled where it happens, shown by /metrics."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds. What budgets name is among them: 0.2, 5 and 30."""


@dataclass
class Durations:
    """Only rises."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    """Those up to each bound and above the one before; the last is of those above all."""
    seconds: float = 0.0

    def add(self, seconds: float) -> None:
        """One more."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds

    @contextmanager
    def one(self) -> Iterator[None]:
        """The time that the block takes, however it ends."""
        began = monotonic()
        try:
            yield
        finally:
            self.add(monotonic() - began)

    @classmethod
    def of_all(cls, some: Iterable["Durations"]) -> "Durations":
        """What these have counted so far."""
        each = list(some)
        counts = [sum(column) for column in zip(cls().counts, *(one.counts for one in each), strict=True)]
        return cls(counts, sum(one.seconds for one in each))

    @property
    def up_to(self) -> Sequence[tuple[str, int]]:
        """How many took no more than each bound, as Prometheus names them."""
        found, total = [], 0
        for bound, count in zip([*map(str, BOUNDS), "+Inf"], self.counts, strict=True):
            total += count
            found.append((bound, total))
        return found
