"""The cluster's command API and query API. Each process is stateless, and scaled by starting more, as a worker is.

Apart from infra/wiring/worker.py, so that an API's start does not pay for Faust.
"""

from infra.http.app import application
from infra.http.connections import HttpLimits
from infra.http.ops import watched
from infra.http.server import accepting, listening
from infra.minio.media_route import minio_media_route
from infra.process.measures import believing, write_side
from infra.process.settings import Settings
from infra.wiring import assembly
from infra.wiring.cluster import connected


async def command_api(settings: Settings) -> None:
    """Serves the command API until SIGTERM."""
    with listening(settings.host, settings.command_port, "PHOTOLOG_COMMAND_PORT") as sock:
        async with connected(settings) as cluster:
            handler = assembly.handler(cluster.write)
            positions = assembly.position_tokens(cluster.read, cluster.write.log, cluster.names)
            services = assembly.services(
                cluster.write, cluster.read, handler, settings, cluster.secrets, cluster.names, positions
            )
            app = application(settings, ready=cluster.ready, services=services)
            async with (
                watched(settings, cluster.ready, write_side(handler), believing(cluster.state)),
                accepting(app, sock, HttpLimits.of(settings)) as task,
            ):
                await task


async def query_api(settings: Settings) -> None:
    """Serves the query API until SIGTERM; and media, until there is an edge."""
    with listening(settings.host, settings.query_port, "PHOTOLOG_QUERY_PORT") as sock:
        async with connected(settings) as cluster:
            positions = assembly.position_tokens(cluster.read, cluster.write.log, cluster.names)
            reads = assembly.reads(cluster.read, cluster.objects, settings, cluster.secrets, positions)
            routes = [minio_media_route(cluster.objects)]
            app = application(settings, ready=cluster.ready, reads=reads, routes=routes)
            async with (
                watched(settings, cluster.ready, believing(cluster.state)),
                accepting(app, sock, HttpLimits.of(settings)) as task,
            ):
                await task
