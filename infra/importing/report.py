"""What has become of an import so far: counted line by line, said as a line of progress and as a summary."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from infra.importing.files import Line
from schemas.errors import FieldError


@dataclass
class Report:
    """Of one run over some files. Holds no value of any row."""

    bytes: int
    """Of all files."""
    steady: Callable[[], float] = time.monotonic
    rows: Counter[str] = field(default_factory=Counter)
    """added, known (imported before) and refused."""
    events: int = 0
    stopped_at: str | None = None
    """The line at which it was told to stop."""
    _began: float = 0.0
    _read: int = 0

    def __post_init__(self) -> None:
        self._began = self.steady()

    def taken(self, added: int) -> None:
        """A row that is in the log now, with so many events that were not there before."""
        self.rows["added" if added else "known"] += 1
        self.events += added

    def refused(self, line: Line, errors: list[FieldError]) -> list[str]:
        """A row of which nothing was written; what to say of it."""
        self.rows["refused"] += 1
        return [f"{line.file}:{line.number}: {error.field or 'row'}: {error.message}" for error in errors]

    def passed(self, read: int) -> None:
        """So many bytes of all files are done with."""
        self._read = read

    @property
    def progress(self) -> str:
        """One line, with the time left."""
        share, elapsed = self._read / max(self.bytes, 1), self.steady() - self._began
        left = f"{elapsed * (1 - share) / share:.0f} s left" if share else "…"
        counts = ", ".join(f"{self.rows[name]:,} {name}" for name in ("added", "known", "refused"))
        return f"{share:6.1%}  {counts}; {self.events / max(elapsed, 1e-9):,.0f} events/s, {left}"

    @property
    def summary(self) -> dict[str, Any]:
        """For machines."""
        elapsed = self.steady() - self._began
        return {
            **{name: self.rows[name] for name in ("added", "known", "refused")},
            "events": self.events,
            "seconds": round(elapsed, 1),
            "stopped_at": self.stopped_at,
        }
