"""One log, taken three ways in one process: by the worker, by Faust alone, and its rows by the driver alone."""

import asyncio
import cProfile
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import faust
from cassandra.concurrent import execute_concurrent
from faust import StreamT

from commands.ports import LedgerRow
from events.topics import route
from infra.cql.session import CqlSession, Statement
from infra.process.settings import Settings
from infra.wiring import assembly, places
from infra.wiring.cluster import Cluster
from infra.wiring.lots import lots, topics_of
from infra.wiring.subscribers import SUBSCRIBERS, Feeder
from processors.faust_driver import FaustDriver
from processors.faust_settings import PLAIN
from processors.runtime import Runtime
from schemas.positions import Partition

LOOK_S = 0.01
IN_FLIGHT = 64
"""Statements of the bare driver that are under way together, as many as CqlSession has."""
POLLED = 500
"""Records that bare Faust takes from the broker at a time."""
Ends = dict[Partition, int]


@dataclass(frozen=True)
class Took:
    """How long so many events took: by the clock, and of this process's processor time."""

    events: int
    seconds: float
    cpu_s: float

    @property
    def figures(self) -> dict[str, float]:
        return {
            "events_per_s": round(self.events / self.seconds),
            "events_per_cpu_s": round(self.events / self.cpu_s),
            "seconds": round(self.seconds, 1),
        }


@dataclass
class Stopwatch:
    """Started when there is something to do."""

    began: float = field(default_factory=time.perf_counter)
    cpu: float = field(default_factory=time.process_time)

    def took(self, events: int) -> Took:
        return Took(events, time.perf_counter() - self.began, time.process_time() - self.cpu)


class Noting:
    """A session that notes what is written to declared tables."""

    def __init__(self, session: CqlSession, into: list[Statement]) -> None:
        self._session, self._into = session, into

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    async def write_many(self, statements: Iterable[Statement]) -> None:
        listed = list(statements)
        self._into += listed
        await self._session.write_many(listed)


async def by_the_worker(
    cluster: Cluster,
    settings: Settings,
    rows: Sequence[LedgerRow],
    append: Callable[[], Awaitable[None]],
    profile: cProfile.Profile | None = None,
) -> Took:
    """Every subscriber in this process, live: the events are appended, by another process, while it waits for them."""
    handler = assembly.handler(cluster.write)
    feeder = Feeder(cluster.write, cluster.read, handler, settings)
    fed = [feeder.runtime(subscriber) for subscriber in SUBSCRIBERS]
    running = [asyncio.create_task(cluster.reach.run())]
    for lot, those in lots(settings.apart).items():
        driver = FaustDriver(lot, topics_of(those), cluster.brokers)
        running.append(asyncio.create_task(driver.run()))
        running += [asyncio.create_task(driver.carry(one)) for one in fed if one.subscriber in those]
    try:
        before = {Partition(*place): end for place, end in (await cluster.write.log.ends()).items()}
        await finished(fed, before)
        due = dict(before)
        for row in rows:
            due[Partition(*route(row.stream, settings.partitions))] += 1
        watch = Stopwatch()
        appending = asyncio.ensure_future(append())
        if profile:
            profile.enable()
        await finished(fed, due)
        if profile:
            profile.disable()
        took = watch.took(len(rows))
        await appending
        return took
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def finished(fed: Sequence[Runtime], due: Ends) -> None:
    """Returns once each has finished all that is below these ends, as its own readings say."""
    shares = [(one, *of) for one in fed for of in due.items() if of[0].topic in one.subscriber.topics and of[1]]
    while True:
        shares = [share for share in shares if not _is_finished(*share)]
        if not shares:
            return
        await asyncio.sleep(LOOK_S)


def _is_finished(runtime: Runtime, partition: Partition, end: int) -> bool:
    reading = runtime.readings.get(partition)
    return reading is not None and reading.told >= end


async def by_faust_alone(settings: Settings, ends: Ends, events: int) -> Took:
    """As many applications over the same topics in this process, whose agents do nothing. From the first event on."""
    brokers, watch, left = places.brokers(settings), list[Stopwatch](), asyncio.Event()
    fed = {lot: topics_of(those) for lot, those in lots(settings.apart).items()}
    due = sum(end for topics in fed.values() for partition, end in ends.items() if partition.topic in topics)
    seen = 0

    async def nothing(stream: StreamT[bytes]) -> None:
        nonlocal seen
        async for _ in stream:
            if not watch:
                watch.append(Stopwatch())
            seen += 1
            if seen == due:
                left.set()

    apps = [_bare(f"{brokers.prefix}bare-{name}", brokers.servers) for name in fed]
    for app, topics in zip(apps, fed.values(), strict=True):
        topic = app.topic(*(brokers.prefix + topic for topic in topics), value_type=bytes)
        app.agent(topic, name=f"nothing-{app.conf.id}", concurrency=1, isolated_partitions=True)(nothing)
    await asyncio.gather(*(app.start() for app in apps))
    try:
        await left.wait()
        return watch[0].took(events)
    finally:
        await asyncio.gather(*(app.stop() for app in apps))


def _bare(name: str, servers: str) -> faust.App:
    return faust.App(name, broker=f"kafka://{servers}", broker_max_poll_records=POLLED, **PLAIN)


async def by_the_driver_alone(session: CqlSession, statements: Sequence[Statement], events: int) -> Took:
    """The same rows and counts, each with the statement that wrote it: prepared, in no order, and nothing read."""

    def write() -> Took:
        prepared = {cql: session._session.prepare(cql) for cql in {cql for cql, _ in statements}}
        watch = Stopwatch()
        execute_concurrent(
            session._session, [(prepared[cql], values) for cql, values in statements], concurrency=IN_FLIGHT
        )
        return watch.took(events)

    return await asyncio.to_thread(write)
