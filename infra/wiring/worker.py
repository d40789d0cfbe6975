"""The cluster's worker: subscribers of the log, each in as many processes as wanted, uploads, and the reconciler."""

import asyncio
from collections.abc import Sequence
from functools import partial

from commands.handling import Handler
from infra.http.ops import watched
from infra.http.server import on_stop
from infra.kafka.uploads import KafkaUploads
from infra.minio.notifications import stored
from infra.process.measures import believing, fed, pushing, reconciling, telling, write_side
from infra.process.settings import Settings
from infra.process.standing import standing
from infra.wiring import assembly
from infra.wiring.cluster import Cluster, connected
from infra.wiring.feeding import Feeding
from infra.wiring.subscribers import MEDIA, SUBSCRIBERS, Feeder
from processors.faust_driver import FaustDriver
from processors.planning import Subscriber
from processors.uploads import Uploads
from projections.all import PROJECTIONS
from projections.versions import name_of

UPLOADS, RECONCILER = "uploads", "reconciler"


async def work(settings: Settings, names: Sequence[str]) -> None:
    """Runs these subscribers (all, without names) until SIGTERM, and finishes the batches in hand."""
    stop = asyncio.Event()
    on_stop(stop.set)
    async with connected(settings) as cluster:
        handler = assembly.handler(cluster.write)
        reconciler = assembly.reconciler(cluster.write, handler)
        feeding = _feeding(cluster, handler, settings, names)
        await feeding.begin()
        work = [feeding.run(), cluster.reach.run()]
        if not names or UPLOADS in names:
            work.append(_uploads(cluster, handler).run())
        if not names or RECONCILER in names:
            work.append(reconciler.run())
        measured = [write_side(handler), reconciling(reconciler), fed(feeding.runtimes), pushing(feeding.runtimes)]
        measured += [believing(cluster.state), telling(cluster.reach)]
        async with watched(settings, lambda: standing(feeding.runtimes()), *measured):
            running = [asyncio.create_task(one) for one in work]
            await stop.wait()
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


def subscriber_names() -> list[str]:
    """What a worker can be told to run."""
    return ["projections", "media", UPLOADS, RECONCILER, *(projection.name for projection in PROJECTIONS)]


def _feeding(cluster: Cluster, handler: Handler, settings: Settings, names: Sequence[str]) -> Feeding:
    feeder = Feeder(cluster.write, cluster.read, handler, settings)

    def drive(subscriber: Subscriber) -> FaustDriver:
        return FaustDriver(feeder.runtime(subscriber), cluster.brokers)

    return Feeding([one for one in SUBSCRIBERS if _is_chosen(one, names)], cluster.state, drive)


def _is_chosen(subscriber: Subscriber, names: Sequence[str]) -> bool:
    kind = "media" if subscriber is MEDIA else "projections"
    return not names or bool({kind, name_of(subscriber.id)} & set(names))


def _uploads(cluster: Cluster, handler: Handler) -> KafkaUploads:
    uploads, keys = Uploads(handler, cluster.objects, handler.ids), partial(stored, bucket=cluster.bucket)
    return KafkaUploads(cluster.kafka, f"{cluster.bucket}-uploads", keys, uploads.arrived)
