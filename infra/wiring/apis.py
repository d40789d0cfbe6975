"""The cluster's command API and query API. Each process is stateless, and scaled by starting more, as a worker is.

Apart from infra/wiring/worker.py, so that an API's start does not pay for Faust.
"""

from infra.http.app import application
from infra.http.connections import HttpLimits
from infra.http.ops import watched
from infra.http.server import accepting, listening
from infra.http.timing import Timed
from infra.http.timings import Timings
from infra.minio.media_route import minio_media_route
from infra.process.cycles import what_is_loaded_stays
from infra.process.measures import answering, write_side
from infra.process.settings import Settings
from infra.process.site_measures import asking, believing, falling_back, sounding, vigilant
from infra.tracing.chosen import continuing
from infra.wiring import assembly, tiers, watching
from infra.wiring.beside import beside
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
            timings = Timings()
            api = application(settings, ready=cluster.ready, services=services, addresses=services.addresses)
            app = Timed(continuing(settings, api), timings)
            canary = watching.canary(cluster.read, handler, settings)
            measured = [write_side(handler), believing(cluster.state), vigilant(cluster.vigil), sounding(canary)]
            measured.append(answering(timings))
            async with (
                beside(cluster.vigil.run(), canary.run()),
                watched(settings, cluster.ready, *measured),
                accepting(app, sock, HttpLimits.of(settings)) as task,
            ):
                what_is_loaded_stays()
                await task


async def query_api(settings: Settings) -> None:
    """Serves the query API until SIGTERM; and media, until there is an edge."""
    with listening(settings.host, settings.query_port, "PHOTOLOG_QUERY_PORT") as sock:
        async with connected(settings) as cluster:
            positions = assembly.position_tokens(cluster.read, cluster.write.log, cluster.names)
            reads = assembly.reads(cluster.read, cluster.objects, settings, cluster.secrets, positions)
            follows, noting = tiers.fetching(settings, cluster.write.objects)
            routes = [minio_media_route(cluster.objects, follows)]
            timings = Timings()
            addresses = assembly.address_rates(cluster.write, settings)
            api = application(settings, ready=cluster.ready, reads=reads, routes=routes, addresses=addresses)
            app = Timed(api, timings)
            measured = [believing(cluster.state), vigilant(cluster.vigil), answering(timings)]
            measured += [asking(cluster.belief.breaker), falling_back(reads), *tiers.measured(cluster.write.objects)]
            async with (
                beside(cluster.vigil.run(), *(one.run() for one in noting)),
                watched(settings, cluster.ready, *measured),
                accepting(app, sock, HttpLimits.of(settings)) as task,
            ):
                what_is_loaded_stays()
                await task
