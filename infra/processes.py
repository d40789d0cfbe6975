"""The cluster's processes: command API, query API, worker. Each is stateless, and scaled by starting more."""

import asyncio
from collections.abc import Sequence

from commands.handling import Handler
from infra import assembly
from infra.cluster import Cluster, connected
from infra.http.app import application
from infra.http.ops import watched
from infra.http.server import accepting, listening, on_stop
from infra.kafka.uploads import KafkaUploads
from infra.metrics import registry
from infra.minio.media_route import minio_media_route
from infra.minio.notifications import stored
from infra.settings import Settings
from processors.delivery import Subscriber
from processors.faust_driver import FaustDriver
from processors.feeder import BATCH
from processors.media import MediaPipeline
from processors.uploads import Uploads
from projections.all import PROJECTIONS

UPLOADS, RECONCILER = "uploads", "reconciler"
MEDIA_BATCH = 16
"""Uploads that a worker has in hand at once: a batch is done when its slowest photo is."""


async def command_api(settings: Settings) -> None:
    """Serves the command API until SIGTERM."""
    with listening(settings.host, settings.command_port, "PHOTOLOG_COMMAND_PORT") as sock:
        async with connected(settings) as cluster:
            handler = assembly.handler(cluster.write)
            services = assembly.services(cluster.write, handler, settings, cluster.secrets, cluster.names)
            app = application(settings, ready=cluster.ready, services=services)
            async with watched(settings, registry(handler)), accepting(app, sock) as task:
                await task


async def query_api(settings: Settings) -> None:
    """Serves the query API until SIGTERM; and media, until there is an edge."""
    with listening(settings.host, settings.query_port, "PHOTOLOG_QUERY_PORT") as sock:
        async with connected(settings) as cluster:
            reads = assembly.reads(cluster.read, cluster.objects, settings, cluster.secrets)
            routes = [minio_media_route(cluster.objects)]
            app = application(settings, ready=cluster.ready, reads=reads, routes=routes)
            async with watched(settings, registry()), accepting(app, sock) as task:
                await task


async def work(settings: Settings, names: Sequence[str]) -> None:
    """Runs these subscribers (all, without names) until SIGTERM, and finishes the batches in hand."""
    async with connected(settings) as cluster:
        handler = assembly.handler(cluster.write)
        reconciler = assembly.reconciler(cluster.write, handler)
        work = [_driver(one, cluster).run() for one in _chosen(cluster, handler, settings, names)]
        if not names or UPLOADS in names:
            work.append(_uploads(cluster, handler).run())
        if not names or RECONCILER in names:
            work.append(reconciler.run())
        stop = asyncio.Event()
        on_stop(stop.set)
        async with watched(settings, registry(handler, reconciler)):
            running = [asyncio.create_task(one) for one in work]
            await stop.wait()
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


def subscriber_names() -> list[str]:
    """What a worker can be told to run."""
    return ["projections", "media", UPLOADS, RECONCILER, *(projection.name for projection in PROJECTIONS)]


def _chosen(cluster: Cluster, handler: Handler, settings: Settings, names: Sequence[str]) -> list[Subscriber]:
    media = assembly.media_pipeline(cluster.write, handler, cluster.read.positions, settings)
    projections = assembly.projection_subscribers(cluster.read)
    chosen: list[Subscriber] = []
    for subscriber in (*projections, media):
        kind = "media" if subscriber is media else "projections"
        if not names or {kind, subscriber.id.partition("@")[0]} & set(names):
            chosen.append(subscriber)
    return chosen


def _uploads(cluster: Cluster, handler: Handler) -> KafkaUploads:
    uploads = Uploads(handler, cluster.objects, handler.ids)

    def keys(value: bytes) -> list[str]:
        return [one.key for one in stored(value, cluster.bucket)]

    return KafkaUploads(cluster.kafka, f"{cluster.bucket}-uploads", keys, uploads.arrived)


def _driver(subscriber: Subscriber, cluster: Cluster) -> FaustDriver:
    write, positions = cluster.write, cluster.read.positions
    batch = MEDIA_BATCH if isinstance(subscriber, MediaPipeline) else BATCH
    return FaustDriver(subscriber, write.log, write.vault, positions, batch, brokers=cluster.brokers)
