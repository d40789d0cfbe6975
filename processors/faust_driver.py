"""The cluster's driver: Faust delivers what the log holds, our own positions say what of it is due.

A lot of subscribers is one Faust application: its group shares the partitions out among processes, and each fetch is
for all of the lot. Faust may deliver twice, leave out, or go on where nobody stopped: a delivery is only ever taken if
it begins where a reading is, and else the log itself is read. So nothing here depends on what Faust acknowledges.
"""

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from faust import Stream, StreamT
from faust.types import TP

from commands.invariants import end_process
from commands.ports import Entry
from commands.ports.headers import entry_of
from processors.brokers import Brokers
from processors.faust_settings import faust_app
from processors.faust_transport import App, Fetched
from processors.lot import LET_GO_S, Lot
from processors.pace import Pace
from processors.runtime import BACKOFF_S, MAX_BACKOFF_S, Runtime
from schemas.positions import Partition, Position

logger = logging.getLogger("photolog.faust")


@dataclass
class FaustDriver:
    """Feeds a lot with the partitions that this process is assigned. Several drivers share a process and its loop."""

    name: str
    """The lot's, the same in every process: that of its group."""
    topics: Collection[str]
    """What anybody of the lot is fed from."""
    brokers: Brokers
    pace: Pace = field(default_factory=Pace)
    _app: App | None = field(default=None, init=False)
    """What works now."""

    def __post_init__(self) -> None:
        self._lot = Lot(self.name, self.pace, self._is_member)

    async def carry(self, runtime: Runtime) -> None:
        """Feeds this one too, from where it is, until it is cancelled; then finishes what it has in hand."""
        await self._lot.carry(runtime)

    async def run(self) -> None:
        """Works until it is cancelled, and then finishes the batches in hand. Outlives crashes of Faust."""
        backoff = BACKOFF_S
        while True:
            try:
                await self._run_once()
            except Exception as error:
                logger.error("%s: Faust ends with %s", self.name, type(error).__name__, exc_info=error)
                await asyncio.sleep(backoff)
                backoff = min(2 * backoff, MAX_BACKOFF_S)

    async def _run_once(self) -> None:
        app = faust_app(self.name, self.brokers, self, self.pace.batch)
        topic = app.topic(*(self.brokers.prefix + topic for topic in self.topics), acks=False)
        app.agent(topic, name=self.name, concurrency=1, isolated_partitions=True)(self._body)
        self._app = app
        try:
            await app.start()
            await app.crashed_once.wait()
        finally:
            await self._lot.let_all_go(LET_GO_S)
            await self._stopped(app)
        if app.crash_reason:
            raise app.crash_reason

    async def _stopped(self, app: App) -> None:
        """An application that does not end stays in its group and keeps its partitions: then the process ends."""
        try:
            async with asyncio.timeout(LET_GO_S):
                await app.stop()
        except TimeoutError:
            end_process(self.name, TimeoutError("Faust does not stop"))

    def _is_member(self) -> bool:
        return self._app is not None and self._app.is_member(self.brokers.session_s)

    async def _body(self, stream: StreamT[Any]) -> None:
        """No exception leaves it, because Faust would begin the stream anew, behind what it had."""
        async for fetched in cast(Stream[Fetched], stream):
            self._lot.deliver([self._entry(record) for record in fetched.records])

    def _entry(self, record: Any) -> Entry:
        position = Position(record.topic.removeprefix(self.brokers.prefix), record.partition, record.offset)
        return entry_of(position, record.headers, record.value, record.timestamp)

    def _partitions(self, tps: Iterable[TP]) -> dict[Partition, TP]:
        return {Partition(tp.topic.removeprefix(self.brokers.prefix), tp.partition): tp for tp in tps}

    def given(self, partitions: Iterable[TP]) -> None:
        """See Keeper; so for the others."""
        self._lot.given(self._partitions(partitions))

    async def assigned(self, partitions: Iterable[TP]) -> Mapping[TP, int]:
        ours = self._partitions(partitions)
        return {ours[partition]: start for partition, start in (await self._lot.begin()).items() if partition in ours}

    async def revoked(self, partitions: Iterable[TP]) -> None:
        """Waits for half a session at most: a process that waits longer is given up for dead."""
        await self._lot.let_all_go(self.brokers.session_s / 2)

    def applied(self, partitions: Iterable[TP]) -> Mapping[TP, int]:
        ours = self._partitions(partitions)
        return {ours[partition]: offset for partition, offset in self._lot.applied(ours).items()}
