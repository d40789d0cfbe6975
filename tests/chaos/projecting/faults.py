"""What befalls a town, one thing at a time, and how much work it left unfinished."""

import asyncio
import random
import shutil
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from processors.brokers import Brokers
from tests.chaos.projecting.progress import behind, ends
from tests.chaos.projecting.town import Town
from tests.forms import LONG
from tests.stopping import stop

DOWN_S = 3.0 if LONG else 0.5
LATER_S = 0.3
STOPPED_S = Brokers("").session_s + 2.0
"""Longer than a session: the others have been given what the stopped one had."""


Load = Callable[[], Awaitable[None]]
"""Has events appended from now on, and returns while that goes on."""
Befalls = Callable[[Town, random.Random, Load], Awaitable[int]]
"""One fault, until it is over but for what processes have to catch up on. How many events it left unfinished."""


@dataclass(frozen=True)
class Fault:
    """One that happened. `unfinished`: events that whoever it hit had read or was to read, and had not finished."""

    kind: str
    workers: int
    unfinished: int
    seconds: float


async def worker_killed(town: Town, chance: random.Random, load: Load) -> int:
    """SIGKILL; it is started again at once, and is not waited for."""
    await town.ready()
    worker = chance.choice(town.workers)
    shares = (await town.shared_out())[worker.name]
    await load()
    due = await ends(town.cluster)
    worker.kill()
    assert worker.process is not None
    code = await worker.process.wait()
    assert code == -signal.SIGKILL, f"{worker.name} had ended by itself, with {code}; see {worker.log}"
    left = await behind(town.cluster, due, shares)
    await worker.start()
    return left


async def worker_stopped(town: Town, chance: random.Random, load: Load) -> int:
    """SIGSTOP for longer than its session, and then it goes on: it must neither end nor do harm."""
    await town.ready()
    worker = chance.choice(town.workers)
    shares = (await town.shared_out())[worker.name]
    await load()
    due = await ends(town.cluster)
    assert worker.process is not None
    stop(worker.process.pid)
    try:
        left = await behind(town.cluster, due, shares)
        await asyncio.sleep(STOPPED_S)
    finally:
        worker.process.send_signal(signal.SIGCONT)
    await worker.ready()
    return left


def server_killed(name: str, forgets: bool) -> Befalls:
    """SIGKILL to a server, which comes back with what it had, or without. A process that begins just then would end."""

    async def befalls(town: Town, _chance: random.Random, load: Load) -> int:
        await town.ready()
        await load()
        left = await behind(town.cluster, await ends(town.cluster))
        await asyncio.to_thread(town.stack.kill, name)
        await asyncio.sleep(DOWN_S)
        if forgets:
            shutil.rmtree(town.stack.servers[name].folder / "data")
        await asyncio.to_thread(town.stack.up, [name])
        return left

    return befalls


WORKER, STOPPED = "worker killed", "worker stopped for longer than its session"
SERVERS: Mapping[str, tuple[str, bool]] = {
    "redis killed, data kept": ("redis", False),
    "redis killed, data lost": ("redis", True),
    "cql killed": ("cql", False),
    "broker killed": ("kafka", False),
}
"""Kinds that hit a server: which, and whether it forgets everything."""
KINDS: Mapping[str, Befalls] = {
    WORKER: worker_killed,
    STOPPED: worker_stopped,
    **{kind: server_killed(*hit) for kind, hit in SERVERS.items()},
}


async def befall(kind: str, town: Town, chance: random.Random, begin: Callable[[], None]) -> Fault:
    """Has it happen a moment, by chance, after the load begins."""

    async def load() -> None:
        begin()
        await asyncio.sleep(chance.uniform(0, LATER_S))

    began = time.monotonic()
    unfinished = await KINDS[kind](town, chance, load)
    return Fault(kind, len(town.workers), unfinished, round(time.monotonic() - began, 1))
