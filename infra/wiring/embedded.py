"""The embedded platform: every port on SQLite and a directory, in one process. All wiring of this backend is here."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from commands.api.call import Services
from infra.directory.objects import DirectoryObjects
from infra.directory.routes import object_routes
from infra.http.app import application
from infra.http.connections import HttpLimits
from infra.http.media import Fetching
from infra.http.ops import watched
from infra.http.server import accepting, listening
from infra.http.timing import Timed
from infra.http.timings import Timings
from infra.process.canary import Canary
from infra.process.clock import wall_clock
from infra.process.cycles import what_is_loaded_stays
from infra.process.data_folder import held
from infra.process.measures import answering, fed, pushing, reconciling, tidying, write_side
from infra.process.metrics import Source
from infra.process.settings import Settings
from infra.process.site_measures import falling_back, sounding, vigilant
from infra.process.site_state import SharedState
from infra.process.standing import arriving, standing
from infra.process.vigil import Vigil
from infra.secrets.names import name_secret
from infra.secrets.site import Secrets, site_secrets
from infra.sqlite.copies import forget_copies
from infra.sqlite.sweeping import Sweeping
from infra.tracing.chosen import continuing
from infra.versions.arrivals import Arrivals
from infra.versions.orders import Orders
from infra.versions.upgrading import Upgrading
from infra.wiring import assembly, tiers, watching
from infra.wiring.beside import beside
from infra.wiring.feeding import Feeding
from infra.wiring.folder import Databases, databases, ports
from infra.wiring.media import leftovers
from infra.wiring.subscribers import SUBSCRIBERS, Feeder, arrivals, sliced
from processors.cooling import Cooling
from processors.leftovers import Leftovers
from processors.log_driver import LogDriver
from processors.media_reads import MediaReads
from processors.planning import Subscriber
from processors.reconciler import Reconciler
from processors.uploads import Uploads
from query_api.reads import Reads

INSTANCE = "embedded"
"""One process at a time holds the data folder: every start is the same instance."""


@dataclass(frozen=True)
class Platform:
    """What the HTTP application serves, and what runs beside it."""

    services: Services
    reads: Reads
    objects: DirectoryObjects
    uploads: Uploads
    feeding: Feeding
    state: SharedState
    reconciler: Reconciler
    leftovers: Leftovers
    sweeping: Sweeping
    vigil: Vigil
    canary: Canary
    arrivals: Arrivals
    upgrading: Upgrading
    fetching: Fetching
    tiers: Sequence[MediaReads | Cooling]
    """What runs for photos that nobody reads."""
    cold: Sequence[tuple[str, Source]]
    """What is measured of them."""

    @property
    def work(self) -> list[Coroutine[Any, Any, None]]:
        """What runs beside the requests, for ever."""
        kept = (self.state, self.feeding, self.reconciler, self.leftovers, self.sweeping)
        parts = (*kept, self.vigil, self.canary, self.arrivals, self.upgrading, *self.tiers)
        return [part.run() for part in parts]

    async def ready(self) -> dict[str, Any]:
        """How its processors stand."""
        return {
            **await standing(self.feeding.runtimes(), self.vigil.stalled),
            "arriving": arriving(self.state),
        }


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[asyncio.Task[None]]:
    """Serves everything from the start of the block; the task ends on SIGTERM or Ctrl-C, and at the end of the block.

    Raises SettingsInvalid where the port or the data folder cannot be had.
    """
    with listening(settings.host, settings.port, "PHOTOLOG_PORT") as sock:
        async with embedded(settings) as platform:
            timings = Timings()
            app = application(
                settings,
                ready=platform.ready,
                services=platform.services,
                reads=platform.reads,
                addresses=platform.services.addresses,
                routes=object_routes(platform.objects, arrived=platform.uploads.arrived, fetching=platform.fetching),
            )
            measured = [write_side(platform.services.handler), reconciling(platform.reconciler)]
            measured.append(tidying(platform.leftovers))
            measured += [fed(platform.feeding.runtimes), pushing(platform.feeding.runtimes)]
            measured += [vigilant(platform.vigil), sounding(platform.canary), falling_back(platform.reads)]
            measured += [answering(timings), *platform.cold]
            async with (
                watched(settings, platform.ready, *measured),
                accepting(Timed(continuing(settings, app), timings), sock, HttpLimits.of(settings)) as task,
            ):
                what_is_loaded_stays()
                yield task


@asynccontextmanager
async def embedded(settings: Settings) -> AsyncIterator[Platform]:
    """Opens the data folder, runs the processors until the end, and closes everything."""
    with held(settings.data), databases(settings) as files:
        platform = await _wired(settings, site_secrets(settings), files)
        await platform.objects.sweep()
        await platform.feeding.begin()
        try:
            async with beside(*platform.work):
                yield platform
        finally:
            await asyncio.to_thread(platform.services.handler.traces.close)


def _drive(feeder: Feeder) -> Callable[[Subscriber], LogDriver]:
    slices = asyncio.Lock()
    return lambda subscriber: LogDriver(sliced(feeder.runtime(subscriber), slices))


async def _wired(settings: Settings, secrets: Secrets, files: Databases) -> Platform:
    opened = await ports(settings, secrets, files, INSTANCE)
    write, read, objects = opened.write, opened.read, opened.objects
    handler = assembly.handler(write)
    names = await name_secret(opened.vault, secrets)
    positions = assembly.position_tokens(read, write.log, names)
    services = assembly.services(write, read, handler, settings, secrets, names, positions)
    uploads = Uploads(handler, write.objects, handler.ids)
    feeder = Feeder(write, read, handler, settings)
    follows, noting = tiers.fetching(settings, write.objects)
    coolings = tiers.cools(settings, write.objects, handler)
    feeding = Feeding(SUBSCRIBERS, opened.state, _drive(feeder))
    return Platform(
        services=services,
        reads=assembly.reads(read, objects, settings, secrets, positions),
        objects=objects,
        uploads=uploads,
        feeding=feeding,
        state=opened.state,
        reconciler=assembly.reconciler(write, handler),
        leftovers=leftovers(write, read, handler, settings),
        sweeping=Sweeping(opened.sweeps, wall_clock, settings.sweep_every_s),
        vigil=watching.vigil(write.log, read, opened.state, by_others=False),
        canary=watching.canary(read, handler, settings),
        arrivals=arrivals(opened.state, write, read),
        upgrading=Upgrading(Orders.within(feeder, opened.state, partial(forget_copies, files.views))),
        fetching=follows,
        tiers=[*noting, *coolings],
        cold=tiers.measured(write.objects, coolings),
    )
