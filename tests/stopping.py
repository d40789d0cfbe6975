"""SIGSTOP to a process, and only back once it has stopped: a kill returns before, and until one of its threads has got
a processor, on a busy machine some milliseconds later, the others go on answering."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

LOOK_EVERY_S = 0.001
STOPPED, DEAD = "Tt", "ZX"


def stop(pid: int) -> None:
    """Returns once none of its threads runs. SIGCONT has it go on."""
    os.kill(pid, signal.SIGSTOP)
    while not all(state in STOPPED + DEAD for state in _states(pid)):
        time.sleep(LOOK_EVERY_S)


def _states(pid: int) -> list[str]:
    """Of each thread, as in proc(5)."""
    states = []
    for stat in Path(f"/proc/{pid}/task").glob("*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):  # that thread has just ended
            states.append(stat.read_text().rpartition(")")[2].split()[0])
    return states
