"""Askers over plain sockets: as light as can be, for they share the machine with what is measured."""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

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

    def took(self, length: int, seconds: float) -> None:
        """One more page, of so many bytes."""
        self.count, self.bytes = self.count + 1, self.bytes + length
        self.latencies.append(seconds)

    def add(self, more: "Pages") -> None:
        """These too."""
        self.count, self.bytes = self.count + more.count, self.bytes + more.bytes
        self.seconds, self.cpu_s = self.seconds + more.seconds, self.cpu_s + more.cpu_s
        self.latencies += more.latencies

    @property
    def per_cpu_s(self) -> float:
        """For each second of the process's time."""
        return self.count / self.cpu_s

    def quantile(self, part: float) -> float:
        """Seconds within which this part of the pages came."""
        return sorted(self.latencies)[int(part * (len(self.latencies) - 1))]


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far, its threads included."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / TICKS


class Line:
    """One connection, for one request at a time."""

    def __init__(self, incoming: asyncio.StreamReader, outgoing: asyncio.StreamWriter, status: int) -> None:
        self._incoming, self._outgoing, self._status = incoming, outgoing, status

    @classmethod
    async def opened(cls, served: Served, status: int = 200) -> "Line":
        """`status`: that which every answer has to have."""
        return cls(*await asyncio.open_connection(*served.address), status)

    async def asked(self, request: bytes) -> int:
        """Length of the answer's body. Raises for another status."""
        self._outgoing.write(request)
        head = await self._incoming.readuntil(HEAD_END)
        if not head.startswith(b"HTTP/1.1 %d " % self._status):
            raise RuntimeError(f"the answer begins {head[:200]!r}")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await self._incoming.readexactly(length)
        return length

    def close(self) -> None:
        self._outgoing.close()


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
        line = await Line.opened(served, status)
        for request in requests:
            sent = time.perf_counter()
            if sent - began > seconds:
                break
            pages.took(await line.asked(request), time.perf_counter() - sent)
            if every_s:
                await asyncio.sleep(max(0.0, sent + every_s - time.perf_counter()))
        line.close()

    await asyncio.gather(*(reader() for _ in range(in_flight)))
    pages.seconds, pages.cpu_s = time.perf_counter() - began, cpu_seconds(served.pid) - cpu
    return pages


async def arriving(served: Served, requests: Iterator[bytes], per_s: float, seconds: float, seed: int) -> Pages:
    """Sends so many a second on average, at times drawn by chance (Poisson), on an idle connection or a new one: who
    comes waits for nobody before. A page's time begins when it was due, so that a late sender hides nothing."""
    pages, draw, idle = Pages(), random.Random(seed), list[Line]()
    began, cpu = time.perf_counter(), cpu_seconds(served.pid)

    async def one(request: bytes, due: float) -> None:
        line = idle.pop() if idle else await Line.opened(served)
        pages.took(await line.asked(request), time.perf_counter() - due)
        idle.append(line)

    due = began
    async with asyncio.TaskGroup() as group:
        for request in requests:
            due += draw.expovariate(per_s)
            if due - began > seconds:
                break
            if (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            group.create_task(one(request, due))
    for line in idle:
        line.close()
    pages.seconds, pages.cpu_s = time.perf_counter() - began, cpu_seconds(served.pid) - cpu
    return pages


@asynccontextmanager
async def under(load: Coroutine[Any, Any, object]) -> AsyncIterator[None]:
    """Runs this during the block, and cancels it at its end. Raises what it raised."""
    task = asyncio.create_task(load)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
