"""Free ports of this machine, for processes that are started again and must find their own free then."""

import random
import socket
from collections.abc import Callable
from contextlib import suppress

from infra.local.stack.ports import HOST

PORTS = range(10_000, 20_000)
"""Outside those that the system gives to connections."""


def nobody_listens(port: int) -> bool:
    """Whether it is free."""
    with suppress(OSError):
        socket.create_server((HOST, port)).close()
        return True
    return False


def free_ports(count: int, suits: Callable[[int], bool] = nobody_listens) -> list[int]:
    """So many of PORTS, drawn from those that suit. Raises OSError where there are too few."""
    free: list[int] = []
    for port in random.sample(PORTS, len(PORTS)):
        if suits(port):
            free.append(port)
        if len(free) == count:
            return free
    raise OSError(f"there are no {count} free ports from {PORTS[0]} to {PORTS[-1]}")
