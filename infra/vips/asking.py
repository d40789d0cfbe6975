"""How a worker asks its forker for a child: both ends of the wire between forked.py and forker.py.

A request is a length, its JSON, and three descriptors: the child's output, its complaints, and the line over which its
end is told.
"""

import json
import socket
from collections.abc import Sequence
from typing import NamedTuple

_LENGTH_BYTES = 4


class Request(NamedTuple):
    """A child that is asked for, and what it is given."""

    arguments: Sequence[str]
    output: int
    complaints: int
    line: int


def ask(control: socket.socket, request: Request) -> None:
    """Sends it. Raises OSError where nobody listens any more."""
    arguments, *descriptors = request
    body = json.dumps(arguments).encode()
    socket.send_fds(control, [len(body).to_bytes(_LENGTH_BYTES, "big")], descriptors)
    control.sendall(body)


def asked(control: socket.socket) -> Request | None:
    """The next request, whose descriptors are ours now; None once nobody asks any more."""
    length, descriptors, _, _ = socket.recv_fds(control, _LENGTH_BYTES, len(Request._fields) - 1)
    if not length:
        return None
    body = control.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL)
    return Request(json.loads(body), *descriptors)
