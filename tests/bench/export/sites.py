"""The two kinds of site whose log is exported: a data folder, and topics on brokers without anything else of a site."""

import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition

from commands.ports import LedgerRow
from events.topics import partitions_of
from infra.kafka.admin import administering
from infra.kafka.connection import KafkaConnection
from infra.kafka.history import BATCH, FETCH_BYTES, PARTITION_BYTES
from infra.kafka.log import KafkaLog
from infra.kafka.topics import ensure_topics, topics_of
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.history import SqliteHistory
from infra.sqlite.log import SqliteLog
from schemas.positions import TOPICS
from tests.partitions import PARTITIONS

WAIT_MS = 500


class Site(Protocol):
    """What holds a log."""

    settings: Mapping[str, str]
    """By which the command finds it."""

    async def fill(self, pages: Iterable[Sequence[LedgerRow]]) -> None:
        """Puts them all into the log, behind what is there."""

    async def bare(self) -> tuple[float, float]:
        """Seconds, and CPU seconds, that reading every entry takes."""

    async def logged(self) -> list[str]:
        """The ids of all events of the log, in order."""

    async def clear(self) -> None:
        """Takes it away, where nobody else does."""


class Folder:
    """An embedded site."""

    def __init__(self, data: Path) -> None:
        self.settings: Mapping[str, str] = {"PHOTOLOG_DATA": str(data)}
        self._file = data / "log.sqlite"

    async def fill(self, pages: Iterable[Sequence[LedgerRow]]) -> None:
        database = SqliteDatabase(self._file, "NORMAL")
        log = SqliteLog(database, PARTITIONS)
        for page in pages:
            await log.append(page)
        database.close()

    async def bare(self) -> tuple[float, float]:
        source, began, cpu, read = SqliteHistory(self._file), time.perf_counter(), time.process_time(), 0
        ends = await source.ends()
        async for entries in source.read({}, ends):
            read += len(entries)
        assert read == sum(ends.values())
        await source.close()
        return time.perf_counter() - began, time.process_time() - cpu

    async def logged(self) -> list[str]:
        with closing(sqlite3.connect(self._file)) as log:
            return [event_id for (event_id,) in log.execute("SELECT event_id FROM log ORDER BY event_id")]

    async def clear(self) -> None:
        """Its folder is the caller's."""


class Topics:
    """A cluster site of which there are only the topics: the command needs no more."""

    def __init__(self, brokers: str, name: str) -> None:
        self.settings: Mapping[str, str] = {
            "PHOTOLOG_BACKEND": "cluster",
            "PHOTOLOG_KAFKA": brokers,
            "PHOTOLOG_SITE": name,
        }
        self._connection, self._prefix = KafkaConnection(brokers), f"{name}."

    async def fill(self, pages: Iterable[Sequence[LedgerRow]]) -> None:
        await ensure_topics(self._connection, 1, 1, topics_of(PARTITIONS), self._prefix)
        log = KafkaLog(self._connection, PARTITIONS, self._prefix)
        for page in pages:
            await log.append(page)
        await log.close()

    async def bare(self) -> tuple[float, float]:
        """By getmany, as much at once as the command takes."""
        began, cpu = time.perf_counter(), time.process_time()
        await self._read()
        return time.perf_counter() - began, time.process_time() - cpu

    async def logged(self) -> list[str]:
        return sorted(await self._read(ids=True))

    async def clear(self) -> None:
        async with administering(self._connection, "a bench") as admin:
            await admin.delete_topics([name for name in await admin.list_topics() if name.startswith(self._prefix)])

    async def _read(self, ids: bool = False) -> list[str]:
        places = [
            TopicPartition(self._prefix + topic, number)
            for topic in TOPICS
            for number in range(partitions_of(topic, PARTITIONS))
        ]
        consumer = AIOKafkaConsumer(
            **self._connection.arguments,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_bytes=FETCH_BYTES,
            max_partition_fetch_bytes=PARTITION_BYTES,
        )
        await consumer.start()
        consumer.assign(places)
        left, found = sum((await consumer.end_offsets(places)).values()), list[str]()
        while left:
            for records in (await consumer.getmany(timeout_ms=WAIT_MS, max_records=BATCH)).values():
                left -= len(records)
                if ids:
                    found += [dict(record.headers)["event_id"].decode() for record in records]
        await consumer.stop()
        return found
