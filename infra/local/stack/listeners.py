"""Who listens on a port: asked before a server is started, so that a stranger is named and not fought."""

import socket
from contextlib import suppress
from pathlib import Path

from infra.local.stack.errors import StackError
from infra.local.stack.ports import HOST
from infra.local.stack.processes import PROC

LISTENING = "0A"
WITHIN_S = 1.0


def listens(port: int) -> bool:
    """Whether anybody does: cheaper than a query, and quieter than a driver that is refused."""
    try:
        socket.create_connection((HOST, port), WITHIN_S).close()
    except OSError:
        return False
    return True


def require_free(ports: tuple[int, ...]) -> None:
    """Raises StackError with the name of who has one of the ports."""
    for port in ports:
        try:
            socket.create_server((HOST, port)).close()
        except OSError:
            advice = "end it, or set PHOTOLOG_STACK_PORT to another base"
            raise StackError(f"port {port} is taken by {_owner(port)}: {advice}") from None


def _owner(port: int) -> str:
    """The process that listens, as far as this user may see it."""
    sockets = {f"socket:[{inode}]" for inode in _inodes(port)}
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):
            if any(str(link.readlink()) in sockets for link in (folder / "fd").iterdir()):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                return f"process {folder.name} ({command[:80]})"
    return "another program"


def _inodes(port: int) -> set[str]:
    found = set()
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in Path(PROC, "net", table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    found.add(fields[9])
    return found
