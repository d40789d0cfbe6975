"""A subscriber of the Faust driver's tests that writes down what it took, in a file that several processes may open."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from infra.sqlite.database import SqliteDatabase
from processors.planning import Plan
from schemas.positions import ENGAGEMENT, Partition
from tests.everything import Everything

RECORDER = "recorder@v1"
DDL = "CREATE TABLE IF NOT EXISTS taken (worker TEXT, topic TEXT, part INTEGER, place INTEGER)"


@dataclass
class Journal(Everything):
    """A subscriber whose rows are a line for each event that it is given."""

    database: SqliteDatabase
    worker: str = "here"
    id: str = RECORDER
    topics: Sequence[str] = (ENGAGEMENT,)

    async def apply(self, plans: Sequence[Plan]) -> None:
        rows = [(self.worker, *plan.delivery.position) for plan in plans]
        await self.database.write_many("INSERT INTO taken VALUES (?, ?, ?, ?)", rows)

    def taken(self, worker: str = "%") -> dict[Partition, list[int]]:
        """By partition, the offsets in the order in which they were taken."""
        found: dict[Partition, list[int]] = {}
        for topic, partition, offset in self.database.rows(
            "SELECT topic, part, place FROM taken WHERE worker LIKE ? ORDER BY rowid", [worker]
        ):
            found.setdefault(Partition(topic, partition), []).append(offset)
        return found


@dataclass
class Stumbling(Journal):
    """A journal that fails on some partitions, or takes its time."""

    broken: set[int] = field(default_factory=set)
    failures: int = 0
    started: asyncio.Event = field(default_factory=asyncio.Event)
    may_go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def apply(self, plans: Sequence[Plan]) -> None:
        self.started.set()
        if plans[0].delivery.position.partition in self.broken:
            self.failures += 1
            raise ConnectionError("secret")
        await self.may_go_on.wait()
        await super().apply(plans)
