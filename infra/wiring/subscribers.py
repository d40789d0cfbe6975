"""Who is fed from the log, and who carries out what they ask for: a runtime for each subscriber."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from commands.handling import Handler
from infra.process.clock import wall_clock
from infra.process.settings import Settings
from infra.vips.limits import Limits
from infra.vips.renderer import VipsRenderer
from infra.wiring.assembly import ReadSide, WriteSide
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
from processors.rows import Rows
from processors.runtime import Runtime
from projections import feed
from projections.all import PROJECTIONS
from projections.blocks import Part
from projections.effects import Backfill, FanOut, Reaction, Settle, Weigh

MEDIA = MediaSubscriber()
SUBSCRIBERS: Sequence[Subscriber] = (*PROJECTIONS, MEDIA)
TOPICS: Mapping[str, Sequence[str]] = {subscriber.id: subscriber.topics for subscriber in SUBSCRIBERS}
"""What each subscriber is fed from."""
SLICE = 20
"""Events that an embedded process takes before it looks after its requests again: some milliseconds."""
TURNS = 16
"""Turns of the loop that requests get between two slices: one takes several, and each that it lacks costs a slice."""
TABLES = (ATTEMPTS, HOLDS, *(table for projection in PROJECTIONS for table in projection.tables))
"""Everything that is kept in declared tables."""


def sliced(all_runtimes: list[Runtime]) -> list[Runtime]:
    """The same, for a process that answers requests besides: small batches, and a turn for others between any two."""
    slices = asyncio.Lock()
    return [replace(one, pace=replace(one.pace, batch=SLICE, turns=TURNS), slices=slices) for one in all_runtimes]


def runtimes(write: WriteSide, read: ReadSide, handler: Handler, settings: Settings) -> list[Runtime]:
    """One runtime for each subscriber."""
    sources = Sources(write.log, write.vault, handler, read.positions, read.tables, read.transactions)
    reactions = _reactions(write, read, handler, settings)
    pace = Pace(width=settings.window, at_once=settings.reactions_at_once, dead_letters=settings.dead_letters)
    return [
        Runtime(subscriber, _appliers(subscriber, read, reactions), sources, pace, read.reach)
        for subscriber in SUBSCRIBERS
    ]


def _appliers(subscriber: Subscriber, read: ReadSide, reactions: Mapping[type[Reaction], ReactionApplier]) -> Appliers:
    drops = CacheDrops(read.caches, read.relations, read.reach, subscriber.id)
    return Appliers(Rows(read.tables, drops), reactions)


def _reactions(
    write: WriteSide, read: ReadSide, handler: Handler, settings: Settings
) -> Mapping[type[Reaction], ReactionApplier]:
    """Every kind of reaction, and who carries it out. A new kind is added here."""
    fan_outs = FanOuts(read.tables, read.feeds, read.reach, feed.PROJECTION.id)
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
