"""What the write side of a process has done since it started. Counted by the handler, shown by metrics."""

from dataclasses import dataclass


@dataclass
class Tally:
    """Only rises."""

    commands: int = 0
    """Commands that were decided, those that change nothing included."""
    refused: int = 0
    """Commands that an aggregate or a check refused."""
    failed: int = 0
    """Commands that came to nothing because a store did not answer, or somebody else was faster again and again."""
    conflicts: int = 0
    """Times that somebody else took the version that a command wanted."""
    finished: int = 0
    """Events of others, left above a mark, that this process appended when it loaded their stream."""
