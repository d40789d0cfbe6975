"""Pulses: what each worker feeds, said again and again in a row of its own. Read by who watches it from outside.

Nobody compares clocks: a worker whose row does not change is not there, by the clock of who looks.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from processors.runtime import Runtime
from projections.ports import Tables, Write
from projections.site import Share
from schemas.tables import INT, JSON, Table

PULSES = Table("pulses", partition="site", order="instance", columns={"beat": INT, "feeds": JSON})
ALL = "all"
EVERY_S = 1.5
AT_ONCE = 500
LET_GO_S = 2.0
"""How long the end of a process may take to say that it ends: who watches finds out by itself."""

logger = logging.getLogger("photolog.pulses")


class Pulse(NamedTuple):
    """What one process said last."""

    instance: str
    beat: int
    """Rises each time."""
    feeds: frozenset[Share]


@dataclass
class Pulsing:
    """Says of one process what it feeds, from the loop that feeds it: where that is stuck, nothing is said."""

    tables: Tables
    instance: str
    fed: Callable[[], Iterable[Share]]
    """What it has in hand."""
    beat: int = 0

    async def run(self) -> None:
        """Until it is cancelled; then it says that nothing is fed here any more."""
        try:
            while True:
                await self.once()
                await asyncio.sleep(EVERY_S)
        finally:
            async with asyncio.timeout(LET_GO_S):
                await self._say(None)

    async def once(self) -> None:
        """Says what is fed now."""
        await self._say(self.fed())

    async def _say(self, fed: Iterable[Share] | None) -> None:
        self.beat += 1
        row = None if fed is None else {**_key(self.instance), "beat": self.beat, "feeds": _packed(fed)}
        try:
            await self.tables.write([Write(PULSES, (ALL, self.instance), self.beat, row)])
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the next one may not
            logger.warning("nobody hears what is fed here: %s", type(error).__name__)


async def pulses(tables: Tables) -> list[Pulse]:
    """What every process said last, those that are not there any more included. Raises Unavailable."""
    rows = await tables.slice(PULSES, (ALL,), AT_ONCE)
    return [Pulse(row["instance"], row["beat"], _unpacked(row["feeds"])) for row in rows]


async def forget(tables: Tables, gone: Sequence[Pulse]) -> None:
    """Removes the rows of processes that said nothing for long; one that only slept says more. Raises Unavailable."""
    await tables.write([Write(PULSES, (ALL, one.instance), one.beat + 1, None) for one in gone])


def feeds(runtimes: Iterable[Runtime]) -> frozenset[Share]:
    """The shares that these have in hand."""
    return frozenset(Share(one.subscriber.id, *partition) for one in runtimes for partition in one.readings)


def _key(instance: str) -> dict[str, str]:
    return {"site": ALL, "instance": instance}


def _packed(shares: Iterable[Share]) -> dict[str, dict[str, list[int]]]:
    packed: dict[str, dict[str, list[int]]] = {}
    for share in sorted(shares):
        packed.setdefault(share.subscriber, {}).setdefault(share.topic, []).append(share.partition)
    return packed


def _unpacked(packed: dict[str, dict[str, list[int]]]) -> frozenset[Share]:
    return frozenset(
        Share(subscriber, topic, number)
        for subscriber, topics in packed.items()
        for topic, numbers in topics.items()
        for number in numbers
    )
