"""Askers over plain sockets: as light as can be, for they share the machine with what is measured."""

import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

TICKS = os.sysconf("SC_CLK_TCK")
HEAD_END = b"\r\n\r\n"


class Served(Protocol):
    """A process that answers requests."""

    @property
    def address(self) -> tuple[str, int]: ...

    @property
    def pid(self) -> int: ...


@dataclass
class Pages:
    """What was answered, and what it cost the process that answered."""

    count: int = 0
    bytes: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0
    latencies: list[float] = field(default_factory=list)

    def add(self, more: "Pages") -> None:
        """These too."""
        self.count, self.bytes = self.count + more.count, self.bytes + more.bytes
        self.seconds, self.cpu_s = self.seconds + more.seconds, self.cpu_s + more.cpu_s
        self.latencies += more.latencies

    def quantile(self, part: float) -> float:
        """Seconds within which this part of the pages came."""
        return sorted(self.latencies)[int(part * (len(self.latencies) - 1))]


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far, its threads included."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / TICKS


async def asked(
    served: Served,
    requests: Iterator[bytes],
    in_flight: int,
    seconds: float = 3_600.0,
    status: int = 200,
    *,
    every_s: float = 0.0,
) -> Pages:
    """Sends these requests over as many connections, until they end or the time is over. Raises for another status.

    `every_s`: from one request of a connection to the next at least.
    """
    pages = Pages()
    began, cpu = time.perf_counter(), cpu_seconds(served.pid)

    async def reader() -> None:
        incoming, outgoing = await asyncio.open_connection(*served.address)
        for request in requests:
            sent = time.perf_counter()
            if sent - began > seconds:
                break
            outgoing.write(request)
            head = await incoming.readuntil(HEAD_END)
            if not head.startswith(b"HTTP/1.1 %d " % status):
                raise RuntimeError(f"the answer begins {head[:200]!r}")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await incoming.readexactly(length)
            pages.count += 1
            pages.bytes += length
            pages.latencies.append(time.perf_counter() - sent)
            if every_s:
                await asyncio.sleep(max(0.0, sent + every_s - time.perf_counter()))
        outgoing.close()

    await asyncio.gather(*(reader() for _ in range(in_flight)))
    pages.seconds, pages.cpu_s = time.perf_counter() - began, cpu_seconds(served.pid) - cpu
    return pages
