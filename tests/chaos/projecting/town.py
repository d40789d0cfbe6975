"""The reading half of a site: workers and a query API over servers that faults may hit. Its log is appended to here."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from commands.ports import LedgerRow
from infra.local.site import Member
from infra.local.stack.stack import Stack
from infra.wiring.cluster import Cluster
from projections.site import Share
from schemas.errors import Unavailable
from tests.chaos.write_faults.ledger import PAUSE_S
from tests.pace import patient
from tests.ports import free_ports

SHARED_WITHIN_S = 60.0
PARTITIONS = 6
"""So many that neither two nor three workers leave one without any."""
APPEND = 250
"""Events of one append."""
OWN = re.compile(r'^photolog_window_events\{partition="(\d+)",subscriber="([^"]+)",topic="([^"]+)"\}', re.MULTILINE)


@dataclass
class Town:
    """The processes, and what they read."""

    stack: Stack
    cluster: Cluster
    folder: Path
    environment: Mapping[str, str]
    workers: list[Member] = field(default_factory=list)
    appended: int = 0
    repeats: int = 0
    """Appends that were made again, because nobody knew what had become of them."""

    def __post_init__(self) -> None:
        (port,) = free_ports(1)
        self.query_api = self._member("query-api", ["query-api"], port, {"PHOTOLOG_QUERY_PORT": str(port)})

    async def another_worker(self) -> Member:
        """Starts one more, which knows every subscriber. It is not ready yet."""
        worker = self._member(f"worker-{len(self.workers) + 1}", ["worker"])
        self.workers.append(worker)
        await worker.start()
        return worker

    async def ready(self) -> None:
        """Waits until every process is. Raises NotReady for one that has ended."""
        await asyncio.gather(*(member.ready() for member in (self.query_api, *self.workers)))

    async def append(self, rows: Sequence[LedgerRow]) -> None:
        """In order, each batch once the one before is acknowledged; again where nobody knows what became of it."""
        for start in range(0, len(rows), APPEND):
            batch = rows[start : start + APPEND]
            while not await self._appends(batch):
                self.repeats += 1
            self.appended += len(batch)

    async def shared_out(self) -> dict[str, set[Share]]:
        """What each worker reads, as it says itself, as soon as all have something. Raises TimeoutError."""
        async with asyncio.timeout(patient(SHARED_WITHIN_S)):
            while True:
                found = {worker.name: await _shares_of(worker) for worker in self.workers}
                if all(found.values()):
                    return found
                await asyncio.sleep(PAUSE_S)

    async def _appends(self, batch: Sequence[LedgerRow]) -> bool:
        try:
            await self.cluster.write.log.append(batch)
        except Unavailable:
            await asyncio.sleep(PAUSE_S)
            return False
        return True

    def _member(self, name: str, arguments: list[str], port: int = 0, more: Mapping[str, str] | None = None) -> Member:
        (ops,) = free_ports(1)
        environment = {**os.environ, **self.environment, **(more or {}), "PHOTOLOG_OPS_PORT": str(ops)}
        url, ops_url = (f"http://127.0.0.1:{number}" if number else "" for number in (port, ops))
        return Member(name, arguments, environment, self.folder / f"{name}.log", url, ops_url)


async def _shares_of(worker: Member) -> set[Share]:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        said = (await http.get(f"{worker.ops_url}/metrics")).text
    return {Share(subscriber, topic, int(number)) for number, subscriber, topic in OWN.findall(said)}


@asynccontextmanager
async def running_town(
    stack: Stack, cluster: Cluster, folder: Path, environment: Mapping[str, str]
) -> AsyncIterator[Town]:
    """Two workers and a query API, ready. Nothing of them is left afterwards."""
    town = Town(stack, cluster, folder, environment)
    try:
        await town.query_api.start()
        for _ in range(2):
            await town.another_worker()
        await town.ready()
        yield town
    finally:
        await asyncio.gather(*(member.stop() for member in (town.query_api, *town.workers)))
