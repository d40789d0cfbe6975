"""The clock of this process. Asked by the handler before every command."""

from typing import Protocol

from schemas.ids import Millis


class Clock(Protocol):
    """The time, and whether it can be trusted."""

    def __call__(self) -> Millis:
        """Milliseconds since 1970-01-01 UTC, as this process has it. Never refuses: readers judge nothing by it."""

    def check(self) -> None:
        """Raises Unavailable while this clock is known to be off from the stores' own."""
