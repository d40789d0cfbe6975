"""Ports for tests: whoever draws one has it alone, also of all test runs and workers side by side on this machine.

A server that is started again finds its own.
"""

import fcntl
import os
import random
import tempfile
from io import TextIOWrapper
from pathlib import Path

from infra.local import ports
from infra.local.stack.ports import PORTS_OF_A_STACK

BASES = range(20_000, 32_000, PORTS_OF_A_STACK)
"""Each the first of a stack's ports."""
_leases: list[TextIOWrapper] = []
"""Locked files, one a port: the system lets them go when this process ends."""


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on and that no other test has drawn."""
    return ports.free_ports(count, _mine)


def free_base_port() -> int:
    """The first of as many free ports in a row as a stack has."""
    for base in random.sample(BASES, len(BASES)):
        if all(map(ports.nobody_listens, range(base, base + PORTS_OF_A_STACK))) and _leased(base):
            return base
    raise OSError("there are no free ports in a row for a stack")


def _mine(port: int) -> bool:
    return ports.nobody_listens(port) and _leased(port)


def _leased(port: int) -> bool:
    """Whether the port is now ours: until this process ends, however it does."""
    folder = Path(tempfile.gettempdir(), f"photolog-test-ports-{os.getuid()}")
    folder.mkdir(exist_ok=True)
    lease = (folder / str(port)).open("w")
    try:
        fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lease.close()
        return False
    _leases.append(lease)
    return True
