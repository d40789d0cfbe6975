"""What decoding one photo may cost. Chosen by the parent, passed as arguments, imposed by the child on itself."""

import math
import resource
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_ORPHAN_GRACE = 5.0
_COMPLAINTS_BYTES = 1024 * 1024
_FIRST_TO_GO = "1000"
"""What tells a Linux kernel that is out of memory to end this process before any other."""


@dataclass(frozen=True)
class Limits:
    """Defaults admit a 108-megapixel phone photo in every format, interlaced and 16 bits deep."""

    pixels: int = 128_000_000
    memory_bytes: int = 2 * 1024**3
    """Address space. macOS enforces no such limit: there the pixels and the seconds bound the memory."""
    cpu_s: float = 20.0
    """Processor time, of all threads: on a busy machine a photo takes longer, and is no worse for it."""
    wall_s: float = 300.0
    """By the clock on the wall, enforced by the parent: for a child that waits and does nothing."""

    def arguments(self) -> list[str]:
        """For a child's command line."""
        return [str(self.pixels), str(self.memory_bytes), str(self.cpu_s), str(self.wall_s)]

    @classmethod
    def of(cls, arguments: list[str]) -> "Limits":
        """From a child's command line."""
        pixels, memory_bytes, cpu_s, wall_s = arguments
        return cls(int(pixels), int(memory_bytes), float(cpu_s), float(wall_s))

    def impose(self) -> None:
        """Lowers this process's own limits, for good. The alarm ends a child that has lost its parent."""
        processor = math.ceil(self.cpu_s)
        # A soft limit below the hard one: SIGXCPU tells the parent what SIGKILL would hide.
        _lower(resource.RLIMIT_CPU, processor, processor + 1)
        _lower(resource.RLIMIT_CORE, 0, 0)
        _lower(resource.RLIMIT_FSIZE, _COMPLAINTS_BYTES, _COMPLAINTS_BYTES)
        if sys.platform != "darwin":
            _lower(resource.RLIMIT_AS, self.memory_bytes, self.memory_bytes)
        with suppress(OSError):  # there are kernels without it, and containers that forbid it
            Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO)
        signal.setitimer(signal.ITIMER_REAL, self.wall_s + _ORPHAN_GRACE)


def _lower(which: int, soft: int, hard: int) -> None:
    _, ceiling = resource.getrlimit(which)
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    resource.setrlimit(which, (soft, hard))
