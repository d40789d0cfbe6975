"""The cluster's worker: lots of the log's subscribers, each in as many processes as wanted, uploads, the reconciler."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from commands.handling import Handler
from infra.http.ops import watched
from infra.http.server import on_stop
from infra.kafka.uploads import KafkaUploads
from infra.minio.notifications import stored
from infra.process.cycles import what_is_loaded_stays
from infra.process.measures import fed, pushing, reconciling, tidying, write_side
from infra.process.pulses import Pulsing, feeds
from infra.process.settings import Settings
from infra.process.site_measures import believing, telling, vigilant
from infra.process.standing import standing
from infra.wiring import assembly, tiers
from infra.wiring.beside import beside
from infra.wiring.cluster import Cluster, connected
from infra.wiring.feeding import Feeding
from infra.wiring.lots import lot_of, lots, topics_of
from infra.wiring.media import leftovers
from infra.wiring.subscribers import Feeder, arrivals
from processors.faust_driver import FaustDriver
from processors.planning import Subscriber
from processors.runtime import Runtime
from processors.uploads import Uploads

UPLOADS, RECONCILER = "uploads", "reconciler"


async def work(settings: Settings, names: Sequence[str]) -> None:
    """Runs these subscribers (all, without names) until SIGTERM, and finishes the batches in hand."""
    stop = asyncio.Event()
    on_stop(stop.set)
    async with connected(settings) as cluster:
        handler = assembly.handler(cluster.write)
        reconciler = assembly.reconciler(cluster.write, handler)
        tidies = leftovers(cluster.write, cluster.read, handler, settings)
        chosen = {lot: those for lot, those in lots(settings.apart).items() if not names or lot in names}
        drivers = {lot: FaustDriver(lot, topics_of(those), cluster.brokers) for lot, those in chosen.items()}
        feeding = _feeding(cluster, Feeder(cluster.write, cluster.read, handler, settings), settings, chosen, drivers)
        await feeding.begin()
        pulsing = Pulsing(cluster.read.tables, cluster.write.instance, lambda: feeds(feeding.runtimes()))
        work = [feeding.run(), cluster.reach.run(), pulsing.run(), cluster.vigil.run()]
        work += [driver.run() for driver in drivers.values()]
        work.append(arrivals(cluster.state, cluster.write, cluster.read).run())
        if not names or UPLOADS in names:
            work.append(_uploads(cluster, handler).run())
        reconciles = not names or RECONCILER in names
        coolings = tiers.cools(settings, cluster.write.objects, handler) if reconciles else []
        if reconciles:
            work += [reconciler.run(), tidies.run(), *(one.run() for one in coolings)]
        measured = [write_side(handler), reconciling(reconciler), fed(feeding.runtimes), pushing(feeding.runtimes)]
        measured += [tidying(tidies), believing(cluster.state), telling(cluster.reach), vigilant(cluster.vigil)]
        measured += tiers.measured(cluster.write.objects, coolings)

        async def ready() -> dict[str, Any]:
            return await standing(feeding.runtimes(), cluster.vigil.stalled)

        async with watched(settings, ready, *measured), beside(*work):
            what_is_loaded_stays()
            await stop.wait()


def names_of(settings: Settings) -> list[str]:
    """What a worker can be told to run."""
    return [*lots(settings.apart), UPLOADS, RECONCILER]


@dataclass(frozen=True)
class Carried:
    """A runtime, fed by the driver of its lot."""

    runtime: Runtime
    driver: FaustDriver

    async def run(self) -> None:
        """Until it is cancelled."""
        await self.driver.carry(self.runtime)


def _feeding(
    cluster: Cluster,
    feeder: Feeder,
    settings: Settings,
    chosen: Mapping[str, Sequence[Subscriber]],
    drivers: Mapping[str, FaustDriver],
) -> Feeding:
    def drive(subscriber: Subscriber) -> Carried:
        return Carried(feeder.runtime(subscriber), drivers[lot_of(subscriber, settings.apart)])

    return Feeding([one for those in chosen.values() for one in those], cluster.state, drive)


def _uploads(cluster: Cluster, handler: Handler) -> KafkaUploads:
    uploads, keys = Uploads(handler, cluster.objects, handler.ids), partial(stored, bucket=cluster.bucket)
    return KafkaUploads(cluster.kafka, f"{cluster.bucket}-uploads", keys, uploads.arrived, cluster.brokers.member)
