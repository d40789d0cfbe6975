"""A lock file that one thread of one process holds at a time; it ends with its process."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.stack.work import Work


@contextmanager
def alone(path: Path, work: Work) -> Iterator[None]:
    """Waits for the lock, says so once, and holds it. Raises Stopped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as lock:
        waiting = False
        while not _taken(lock.fileno()):
            if not waiting:
                work.say(f"waits for another photolog that holds {path}")
            waiting = True
            work.pause()
        yield


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
