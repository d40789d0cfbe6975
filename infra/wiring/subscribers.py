"""Who is fed from the log, and who carries out what they ask for: a runtime for each subscriber that is given."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from commands.handling import Handler
from infra.process.clock import wall_clock
from infra.process.settings import Settings
from infra.vips.limits import Limits
from infra.vips.renderer import VipsRenderer
from infra.wiring.sides import ReadSide, WriteSide
from processors.appliers import Appliers, ReactionApplier
from processors.attempts import ATTEMPTS
from processors.blocks import Partings
from processors.celebrities import Celebrities
from processors.drops import CacheDrops
from processors.fanout import FanOuts
from processors.holds import HOLDS
from processors.media import MediaSubscriber, RemovalApplier, RemoveMedia, RemoveOriginal, Render, RenderApplier
from processors.pace import Pace
from processors.planning import Subscriber
from processors.reading import Sources
from processors.removals import Removals
from processors.renders import Renders
from processors.replaying import NothingKept, RowsAlone
from processors.rows import Rows
from processors.runtime import Runtime
from projections.all import PROJECTIONS
from projections.blocks import Part
from projections.effects import Backfill, FanOut, Projection, Reaction, Settle, Weigh
from projections.live import one
from projections.ports import Tables
from projections.site import SiteState
from projections.versioned import VersionedTables
from projections.versions import id_of, name_of
from schemas.tables import Table

MEDIA = MediaSubscriber()
SUBSCRIBERS: Sequence[Subscriber] = (*PROJECTIONS, MEDIA)


class OfAnyVersion(dict[str, Sequence[str]]):
    """By a subscriber's id. Every version of a projection is fed from the same topics."""

    def __missing__(self, subscriber: str) -> Sequence[str]:
        return self[id_of(name_of(subscriber), 1)]


TOPICS: Mapping[str, Sequence[str]] = OfAnyVersion({each.id: each.topics for each in SUBSCRIBERS})
"""What each subscriber is fed from."""
SLICE = 20
"""Events that an embedded process takes before it looks after its requests again: some milliseconds."""
TURNS = 16
"""Turns of the loop that requests get between two slices: one takes several, and each that it lacks costs a slice."""
OWN_TABLES = (ATTEMPTS, HOLDS)
"""What runtimes keep for themselves."""


def tables_of(state: SiteState) -> list[Table]:
    """Everything that is kept in declared tables: of every version that there is."""
    kept = [(table, version) for one in PROJECTIONS for version in state.of(one.name).kept for table in one.tables]
    return [*OWN_TABLES, *(table.at(version) for table, version in kept)]


@dataclass(frozen=True)
class Feeder:
    """Makes runtimes: of subscribers as they are declared, and of other versions of projections."""

    write: WriteSide
    read: ReadSide
    handler: Handler
    settings: Settings

    def runtime(self, subscriber: Subscriber) -> Runtime:
        """Rows, what follows from them, and copies that are told."""
        read, tables = self.read, self._tables(subscriber)
        rows = Rows(tables, CacheDrops(read.caches, read.relations, read.reach, subscriber.id))
        reactions = _reactions(self.write, replace(read, tables=tables), self.handler, self.settings, subscriber.id)
        return Runtime(subscriber, Appliers(rows, reactions), self._sources(), self._pace(), read.reach)

    def replaying(self, projection: Projection, batch: int) -> Runtime:
        """Rows alone, so many events at once: nothing outside hears of it."""
        rows = Rows(self._tables(projection), NothingKept())
        pace = replace(self._pace(), batch=batch)
        return Runtime(RowsAlone(projection), Appliers(rows, {}), self._sources(), pace)

    def _tables(self, subscriber: Subscriber) -> Tables:
        """Those of its version."""
        if not isinstance(subscriber, Projection) or subscriber.version == 1:
            return self.read.tables
        return VersionedTables(self.read.tables, one(subscriber, subscriber.version))

    def _sources(self) -> Sources:
        write, read = self.write, self.read
        live = VersionedTables(read.tables, read.live)
        return Sources(write.log, write.vault, self.handler, read.positions, live, read.transactions)

    def _pace(self) -> Pace:
        settings = self.settings
        return Pace(width=settings.window, at_once=settings.reactions_at_once, dead_letters=settings.dead_letters)


def sliced(runtime: Runtime, slices: asyncio.Lock) -> Runtime:
    """The same, for a process that answers requests besides: small batches, and a turn for others between any two."""
    return replace(runtime, pace=replace(runtime.pace, batch=SLICE, turns=TURNS), slices=slices)


def _reactions(
    write: WriteSide, read: ReadSide, handler: Handler, settings: Settings, subscriber: str
) -> Mapping[type[Reaction], ReactionApplier]:
    """Every kind of reaction, and who carries it out. A new kind is added here."""
    fan_outs = FanOuts(read.tables, read.feeds, read.reach, subscriber)
    celebrities = Celebrities(handler, read.tables, fan_outs, settings.celebrity_followers, wall_clock)
    renders = RenderApplier(_renders(write, handler, settings))
    removals = RemovalApplier(Removals(write.objects))
    return {
        FanOut: fan_outs,
        Backfill: fan_outs,
        Part: Partings(handler, handler.ids),
        Weigh: celebrities,
        Settle: celebrities,
        Render: renders,
        RemoveOriginal: removals,
        RemoveMedia: removals,
    }


def _renders(write: WriteSide, handler: Handler, settings: Settings) -> Renders:
    limits = Limits(
        pixels=settings.render_pixels,
        memory_bytes=settings.render_memory_mb * 1024**2,
        cpu_s=settings.render_cpu_s,
        wall_s=settings.render_wall_s,
    )
    renderer = VipsRenderer(limits, settings.render_at_once or None, settings.render_tries)
    return Renders(handler, write.objects, renderer, handler.ids, wall_clock, settings.render_attempts)
