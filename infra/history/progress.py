"""How far something that reads the log has come, as a line with the time left; said once a second, after two."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

AFTER_S, EVERY_S = 2.0, 1.0
LEFT_AFTER_S = 5.0
"""Before that, what it took to begin would be most of an estimate."""


@dataclass
class Progress:
    """Of one run over so many entries."""

    entries: int
    steady: Callable[[], float] = time.monotonic
    read: int = 0
    began: float = field(default=0.0)

    def __post_init__(self) -> None:
        self.began = self.steady()

    def passed(self, number: int) -> None:
        """So many more are done with."""
        self.read += number

    @property
    def seconds(self) -> float:
        return self.steady() - self.began

    @property
    def line(self) -> str:
        """With the time left."""
        share = self.read / max(self.entries, 1)
        left = f"{self.seconds * (1 - share) / share:.0f} s left" if share and self.seconds >= LEFT_AFTER_S else "…"
        return f"{share:6.1%}  {self.read:,} events; {self.read / max(self.seconds, 1e-9):,.0f} events/s, {left}"


def said_now_and_then(say: Callable[[str], None]) -> Callable[[Progress], None]:
    """Says the line of a run that takes longer than AFTER_S."""
    last = 0.0

    def told(progress: Progress) -> None:
        nonlocal last
        now = progress.seconds
        if now >= AFTER_S and now - last >= EVERY_S:
            last = now
            say(progress.line)

    return told
