"""TracedLog: a log whose appends are drawn below the command that they are part of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from commands.ports import Attributes, Entry, LedgerRow, Log, Span, Traces
from schemas.positions import Position


@dataclass(frozen=True)
class TracedLog:
    """The same log."""

    log: Log
    traces: Traces

    async def append(self, rows: Sequence[LedgerRow]) -> list[Position]:
        about: Attributes = {"photolog.event": rows[0].type, "messaging.batch.message_count": len(rows)} if rows else {}
        with self.traces.span(Span("append to the log", attributes=about)):
            return await self.log.append(rows)

    async def read(self, topic: str, partition: int, start: int, limit: int) -> list[Entry]:
        return await self.log.read(topic, partition, start, limit)

    async def ends(self) -> Mapping[tuple[str, int], int]:
        return await self.log.ends()

    async def wait(self, timeout: float) -> None:
        await self.log.wait(timeout)
