"""On a cluster: each projection is built again from the log, beside a bare getmany loop and bare writes of its rows.

    .venv/bin/python -m tests.bench.rebuilds_cluster [--events 10000] [--seed 1] [--stack FOLDER]

The bare loop polls the same topics and does nothing with what it gets; then each row and count that the rebuild wrote
is written again by its own statement, by the driver, with nothing read before. Aim: 0.5 of that. Writes
tests/bench/results/rebuilds-cluster.json.
"""

import argparse
import os
import random
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, TopicPartition

from infra.cql.session import Statement
from infra.http.server import run
from infra.local.stack.stack import Stack
from infra.process.bulk import works_in_bulk
from infra.process.environment import load_settings
from infra.process.settings import Settings
from infra.versions.orders import Orders
from infra.wiring import places
from infra.wiring.operating import Operating, operating
from projections.all import PROJECTIONS
from schemas.positions import Partition
from tests.bench.embedded_reads import PEOPLE, appended
from tests.bench.projections.ways import Noting, by_the_driver_alone
from tests.bench.rebuilds import READ, Stages, due, together
from tests.bench.reports import report
from tests.bench.servers import options_of, servers, setup_of
from tests.chaos.projecting.people import settled_by

POLL_MS = 1_000


async def measured(stack: Stack, options: argparse.Namespace) -> dict[str, Any]:
    """One projection after the other, each beside its own bare loop."""
    os.environ.update(stack.environment, PHOTOLOG_SITE=f"b{uuid.uuid4().hex[:12]}")
    settings, found = load_settings(), {}
    async with operating(settings) as site:
        await filled(site, options.events, options.seed)
        works_in_bulk()
        noted, stages = list[Statement](), Stages()
        tables = cast(Any, site.stored.tables).tables
        session, tables._session = tables._session, Noting(tables._session, noted)
        orders = Orders.of(site, settings, stages)
        for projection in PROJECTIONS:
            noted.clear()
            if ends := await due(orders, projection):
                figures = await stages.rebuilt(orders, projection, sum(ends.values()))
                polled = await by_getmany_alone(settings, ends)
                written = await by_the_driver_alone(session, list(noted), sum(ends.values()))
                bare = polled + written.seconds
                ratio = {"statements": len(noted), "bare_events_per_s": round(figures["events"] / bare)}
                found[projection.name] = {**figures, **ratio, "built_to_bare": round(bare / figures["built_s"], 2)}
    return {**found, "all": together(found)}


async def filled(site: Operating, events: int, seed: int) -> None:
    """So many mixed events in the log, and nothing of them projected."""
    mixed = await settled_by(site.handler, PEOPLE, random.Random(seed))
    await appended(site.write.log, [*mixed.settled(), *mixed.more(events)])


async def by_getmany_alone(settings: Settings, ends: dict[Partition, int]) -> float:
    """Seconds, from the first poll on."""
    brokers = places.brokers(settings)
    at = [TopicPartition(brokers.prefix + place.topic, place.number) for place in ends]
    consumer = AIOKafkaConsumer(bootstrap_servers=brokers.servers, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign(at)
        await consumer.seek_to_beginning(*at)
        began, left = time.perf_counter(), sum(ends.values())
        while left > 0:
            page = await consumer.getmany(*at, timeout_ms=POLL_MS, max_records=READ)
            left -= sum(map(len, page.values()))
        return time.perf_counter() - began
    finally:
        await consumer.stop()


def main() -> None:
    options = options_of("rebuilds_cluster", __doc__, events=10_000, seed=1)
    with tempfile.TemporaryDirectory() as folder, servers(Path(folder), options.stack) as stack:
        found = run(measured(stack, options))
    report("rebuilds-cluster", "python -m tests.bench.rebuilds_cluster", found, setup_of(options))


if __name__ == "__main__":
    main()
