"""How a way is measured: so many calls in flight for some seconds; rate, latency, and CPU time on both sides."""

import asyncio
import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.write.ways import Way

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Measured:
    """One round."""

    per_s: float
    p50_ms: float
    p99_ms: float
    client_cpu_us: float
    """CPU time of this process, a call."""
    server_cpu_us: float
    """CPU time of the servers, a call."""


async def measure(way: Way, in_flight: int, seconds: float, pids: Sequence[int]) -> Measured:
    """One round."""
    took: list[float] = []
    end = time.perf_counter() + seconds

    async def worker() -> None:
        while time.perf_counter() < end:
            began = time.perf_counter()
            await way()
            took.append(time.perf_counter() - began)

    began, cpu, servers = time.perf_counter(), time.process_time(), cpu_s(pids)
    await asyncio.gather(*(worker() for _ in range(in_flight)))
    passed, cpu, servers = time.perf_counter() - began, time.process_time() - cpu, cpu_s(pids) - servers
    cuts = statistics.quantiles(took, n=100)
    calls = len(took)
    return Measured(calls / passed, cuts[49] * 1e3, cuts[98] * 1e3, cpu / calls * 1e6, servers / calls * 1e6)


def cpu_s(pids: Sequence[int]) -> float:
    """CPU seconds that these processes have used."""
    return sum(sum(map(int, _fields(pid)[11:13])) for pid in pids) / TICKS


def _fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name, which may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def median(rounds: Sequence[Measured]) -> dict[str, float]:
    """Of each figure the median of the rounds."""
    names = list(vars(rounds[0]))
    return {name: round(statistics.median(getattr(one, name) for one in rounds), 2) for name in names}
