"""Who is fed from the log, and who carries out what they ask for: a runtime for each subscriber that is given."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from commands.handling import Handler
from commands.ports import Log
from infra.edge.vcl import AGAIN_S
from infra.mail.chosen import chosen_mail
from infra.process.clock import wall_clock
from infra.process.pulses import PULSES
from infra.process.settings import Settings
from infra.push.chosen import chosen_gateways
from infra.versions.arrivals import Arrivals, met, shaped_today
from infra.wiring.edge import edge_purges
from infra.wiring.media import renders
from infra.wiring.sides import ReadSide, WriteSide
from processors.appliers import Appliers, ReactionApplier
from processors.attempts import ATTEMPTS
from processors.blocks import Partings
from processors.caught_up import CaughtUp
from processors.celebrities import Celebrities
from processors.drops import CacheDrops
from processors.duplicates import MADE, MADE_OF, Duplicates
from processors.fanout import FanOuts
from processors.gathered import GatheredReads
from processors.holds import HOLDS
from processors.media import (
    MediaSubscriber,
    RemovalApplier,
    RemoveAvatar,
    RemoveMedia,
    RemoveOriginal,
    Render,
    RenderApplier,
    WithdrawRenditions,
)
from processors.moderation import Verdicts
from processors.pace import Pace
from processors.planning import Subscriber
from processors.purges import Purge, PurgeSubscriber, Purging
from processors.pushes import Notify, Pushing, PushSubscriber, Ring
from processors.reading import Sources
from processors.removals import Removals
from processors.replaying import RowsAlone
from processors.ringing import Ringing
from processors.rows import Rows
from processors.runtime import Runtime
from processors.telling import Tell, Telling, TellingSubscriber
from processors.threshold import Threshold
from processors.told import Told
from processors.traced import traced
from projections import bells, devices, feed
from projections.all import PROJECTIONS
from projections.blocks import Part
from projections.effects import Backfill, FanOut, Projection, Reaction, Settle, Weigh
from projections.live import one
from projections.moderation import CarryOut
from projections.ports import Positions, Tables
from projections.site import HeldState, SiteState
from projections.versioned import VersionedTables
from projections.versions import id_of, name_of
from schemas.tables import Table

MEDIA, MAILS, PUSHES, PURGES = MediaSubscriber(), TellingSubscriber(), PushSubscriber(), PurgeSubscriber()
REACTIONS: Sequence[Subscriber] = (MEDIA, MAILS, PUSHES, PURGES)
"""Subscribers that keep no read model: a rebuild is nothing to them."""
OUTWARD: Sequence[Subscriber] = (MAILS, PUSHES, PURGES)
"""Those that tell people or edges something: what happened before they were there is told to nobody."""
PURGES_AT_ONCE = 200
"""They wait for most of their time."""
SUBSCRIBERS: Sequence[Subscriber] = (*PROJECTIONS, *REACTIONS)


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
OWN_TABLES = (ATTEMPTS, HOLDS, PULSES, MADE, MADE_OF)
"""What runtimes and media workers keep for themselves, and what says who they are."""


def tables_of(state: SiteState) -> list[Table]:
    """Everything that is kept in declared tables: of every version that there is."""
    return [*OWN_TABLES, *(table for one in PROJECTIONS for table in _kept(one, state))]


async def known(state: HeldState, log: Log, positions: Positions) -> SiteState:
    """The state in which this release goes on, with what is new to the site met. Raises Unavailable."""
    await shaped_today(PROJECTIONS, state, positions)
    return await met(PROJECTIONS, state, log, positions)


def arrivals(state: HeldState, write: WriteSide, read: ReadSide) -> Arrivals:
    """Of a process that feeds projections."""
    return Arrivals(PROJECTIONS, state, write.log, read.positions)


def _kept(projection: Projection, state: SiteState) -> list[Table]:
    """Of every version, by its shape; what a later release made is its own."""
    name = projection.name
    shaped = (projection.shaped(state.shape(name, version), version) for version in state.of(name).kept)
    return [table.at(one.version) for one in shaped if one is not None for table in one.tables]


@dataclass(frozen=True)
class Feeder:
    """Makes runtimes: of subscribers as they are declared, and of other versions of projections."""

    write: WriteSide
    read: ReadSide
    handler: Handler
    settings: Settings

    @cached_property
    def threshold(self) -> Threshold:
        """One for all that this process pushes."""
        said = self.settings
        least, most = said.celebrity_followers_least, said.celebrity_followers_most
        return Threshold(said.celebrity_followers, said.celebrity_push_s, least, most)

    def runtime(self, subscriber: Subscriber) -> Runtime:
        """Rows, what follows from them, and copies that are told."""
        read, tables = self.read, self._tables(subscriber)
        rows = Rows(tables, CacheDrops(read.caches, read.relations, read.reach, subscriber.id))
        given = self.write, replace(read, tables=tables), self.handler, self.settings
        reactions = _reactions(*given, subscriber.id, self.threshold)
        appliers = traced(Appliers(rows, reactions), subscriber.id, self.write.traces)
        return Runtime(subscriber, appliers, self._sources(), self._pace(subscriber), read.reach)

    def replaying(self, projection: Projection, batch: int) -> Runtime:
        """Rows alone, so many events at once: nothing outside hears of it."""
        rows = Rows(self._tables(projection), None, self.read.transactions.binds)
        pace = replace(self._pace(projection), batch=batch)
        return Runtime(RowsAlone(projection), Appliers(rows, {}), self._sources(), pace)

    def _tables(self, subscriber: Subscriber) -> Tables:
        """Those of its version."""
        if not isinstance(subscriber, Projection) or subscriber.version == 1:
            return self.read.tables
        return VersionedTables(self.read.tables, one(subscriber, subscriber.version))

    def _sources(self) -> Sources:
        write, read = self.write, self.read
        own = write.log, write.vault, self.handler, read.positions
        return Sources(*own, read.fed_tables, read.transactions)

    def _pace(self, subscriber: Subscriber) -> Pace:
        settings = self.settings
        own = {feed.PROJECTION.name: settings.posts_pushed_at_once, name_of(PURGES.id): PURGES_AT_ONCE}
        at_once = own.get(name_of(subscriber.id), settings.reactions_at_once)
        return Pace(width=settings.window, at_once=at_once, dead_letters=settings.dead_letters)


def sliced(runtime: Runtime, slices: asyncio.Lock) -> Runtime:
    """The same, for a process that answers requests besides: small batches, and a turn for others between any two."""
    return replace(runtime, pace=replace(runtime.pace, batch=SLICE, turns=TURNS), slices=slices)


def _reactions(
    write: WriteSide, read: ReadSide, handler: Handler, settings: Settings, subscriber: str, threshold: Threshold
) -> Mapping[type[Reaction], ReactionApplier]:
    """Every kind of reaction, and who carries it out. A new kind is added here."""
    # Where nothing is bound, a read is a request to a server.
    tables = read.tables if read.transactions.binds else GatheredReads(read.tables)
    fan_outs = FanOuts(tables, read.feeds, read.reach, subscriber, threshold)
    celebrities = Celebrities(handler, tables, fan_outs, wall_clock)
    duplicates = Duplicates(read.tables, write.objects)
    rendering = RenderApplier(renders(write, read.queried, handler, duplicates, settings))
    removals = RemovalApplier(Removals(write.objects, duplicates))
    pushing = _pushing(write, read.queried, handler, settings)
    return {
        FanOut: fan_outs,
        Backfill: fan_outs,
        Part: Partings(handler, handler.ids),
        CarryOut: Verdicts(handler),
        Tell: Telling(handler, chosen_mail(settings), write.gates, wall_clock),
        Notify: pushing,
        Ring: Ringing(pushing, pushing.tables, CaughtUp(write.log, read.queried.positions, bells.PROJECTION)),
        Weigh: celebrities,
        Settle: celebrities,
        Render: rendering,
        RemoveOriginal: removals,
        WithdrawRenditions: removals,
        RemoveMedia: removals,
        RemoveAvatar: removals,
        Purge: Purging(edge_purges(settings), removals, AGAIN_S),
    }


def _pushing(write: WriteSide, live: ReadSide, handler: Handler, settings: Settings) -> Pushing:
    return Pushing(
        handler=handler,
        told=Told(handler.states, write.vault),
        tables=live.tables,
        caught_up=CaughtUp(write.log, live.positions, devices.PROJECTION),
        vault=write.vault,
        gates=write.gates,
        gateways=chosen_gateways(settings),
        within_s=settings.push_within_s,
        clock=wall_clock,
    )
