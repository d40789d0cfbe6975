"""The cluster's worker: subscribers of the log, each in as many processes as wanted, uploads, and the reconciler."""

import asyncio
from collections.abc import Sequence
from functools import partial

from commands.handling import Handler
from infra.http.ops import watched
from infra.http.server import on_stop
from infra.kafka.uploads import KafkaUploads
from infra.minio.notifications import stored
from infra.process.measures import believing, feeding, pushing, reconciling, telling, write_side
from infra.process.settings import Settings
from infra.process.standing import standing
from infra.wiring import assembly
from infra.wiring.cluster import Cluster, connected
from infra.wiring.subscribers import MEDIA, runtimes
from processors.faust_driver import FaustDriver
from processors.runtime import Runtime
from processors.uploads import Uploads
from projections.all import PROJECTIONS

UPLOADS, RECONCILER = "uploads", "reconciler"


async def work(settings: Settings, names: Sequence[str]) -> None:
    """Runs these subscribers (all, without names) until SIGTERM, and finishes the batches in hand."""
    stop = asyncio.Event()
    on_stop(stop.set)
    async with connected(settings) as cluster:
        handler = assembly.handler(cluster.write)
        reconciler = assembly.reconciler(cluster.write, handler)
        fed = _chosen(cluster, handler, settings, names)
        work = [FaustDriver(one, cluster.brokers).run() for one in fed]
        work.append(cluster.reach.run())
        if not names or UPLOADS in names:
            work.append(_uploads(cluster, handler).run())
        if not names or RECONCILER in names:
            work.append(reconciler.run())
        measured = [write_side(handler), reconciling(reconciler), *map(feeding, fed)]
        measured += [pushing(fed), believing(cluster.state), telling(cluster.reach)]
        async with watched(settings, partial(standing, fed), *measured):
            running = [asyncio.create_task(one) for one in work]
            await stop.wait()
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


def subscriber_names() -> list[str]:
    """What a worker can be told to run."""
    return ["projections", "media", UPLOADS, RECONCILER, *(projection.name for projection in PROJECTIONS)]


def _chosen(cluster: Cluster, handler: Handler, settings: Settings, names: Sequence[str]) -> list[Runtime]:
    chosen = []
    for runtime in runtimes(cluster.write, cluster.read, handler, settings):
        kind = "media" if runtime.subscriber is MEDIA else "projections"
        if not names or {kind, runtime.subscriber.id.partition("@")[0]} & set(names):
            chosen.append(runtime)
    return chosen


def _uploads(cluster: Cluster, handler: Handler) -> KafkaUploads:
    uploads, keys = Uploads(handler, cluster.objects, handler.ids), partial(stored, bucket=cluster.bucket)
    return KafkaUploads(cluster.kafka, f"{cluster.bucket}-uploads", keys, uploads.arrived)
