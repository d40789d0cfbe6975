"""Where a process's connections go, as the kernel says: so that no test trusts a proxy that is passed by."""

import asyncio
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from tests.pace import patient

ESTABLISHED = "01"
CONNECTED_WITHIN_S, LOOK_EVERY_S = 20.0, 0.1


def remote_ports(pid: int) -> set[int]:
    """The ports that this process has connections to."""
    sockets = set(_open_files(pid))
    found = set()
    for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == ESTABLISHED and f"socket:[{fields[9]}]" in sockets:
            found.add(int(fields[2].rpartition(":")[2], 16))
    return found


def assert_not_past(pid: int, direct: Mapping[str, int]) -> None:
    """The process has no connection past its proxies."""
    past = {name for name, port in direct.items() if port in remote_ports(pid)}
    assert not past, f"process {pid} goes past the proxy to {past}"


async def until_it_goes_through(pid: int, proxied: Mapping[str, int]) -> None:
    """Waits until the process has connections to all proxies: what it acknowledges first may need one of them only."""
    deadline = time.monotonic() + patient(CONNECTED_WITHIN_S)
    while not (ports := remote_ports(pid)).issuperset(proxied.values()):
        assert time.monotonic() < deadline, f"process {pid} has connections to {ports}, not to all of {proxied}"
        await asyncio.sleep(LOOK_EVERY_S)


def _open_files(pid: int) -> Iterator[str]:
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile: it is no connection any more
            yield os.readlink(link)
