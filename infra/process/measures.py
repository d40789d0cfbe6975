"""Where the metrics of a process come from: the objects that count, and the stores, asked when /metrics is."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from commands.handling import Handler
from infra.process.clock import wall_clock
from infra.process.metrics import Sample, Source
from processors.fanout import FanOuts
from processors.reach import SharedReach
from processors.reconciler import Reconciler
from processors.runtime import Runtime
from projections.site import HeldState
from schemas.positions import Partition


def write_side(handler: Handler) -> tuple[str, Source]:
    """What the handler of this process did."""

    async def measure() -> Iterable[Sample]:
        tally = handler.streams.tally
        return [
            Sample("photolog_commands", tally.commands),
            Sample("photolog_commands_refused", tally.refused),
            Sample("photolog_commands_failed", tally.failed),
            Sample("photolog_ledger_conflicts", tally.conflicts),
            Sample("photolog_finished_on_load_events", tally.finished),
            Sample("photolog_slots_in_doubt", handler.announcer.in_doubt),
        ]

    return "commands", measure


def reconciling(done: Reconciler) -> tuple[str, Source]:
    """What the reconciler of this process did."""

    async def measure() -> Iterable[Sample]:
        return [
            Sample("photolog_reconciler_passes", done.passes),
            Sample("photolog_reconciler_finished_events", done.finished),
            Sample("photolog_reconciler_unfinished_streams", done.unfinished),
        ]

    return "reconciler", measure


def feeding(runtime: Runtime) -> tuple[str, Source]:
    """How far a subscriber is, in all its partitions, whoever has them; and what it does in this process."""
    name = runtime.subscriber.id

    async def measure() -> Iterable[Sample]:
        partitions = [
            Sample("photolog_window_events", len(one.window), (name, one.partition.topic, str(one.partition.number)))
            for one in runtime.readings.values()
        ]
        return [
            *await _lags(runtime),
            *partitions,
            Sample("photolog_window_width", runtime.pace.width, (name,)),
            Sample("photolog_partitions_held", len(runtime.failing), (name,)),
            Sample("photolog_partitions_late", len(runtime.late), (name,)),
            Sample("photolog_dead_letters", runtime.dead_letters.told, (name,)),
            Sample("photolog_held_streams", sum(len(one.holds) for one in runtime.readings.values()), (name,)),
            Sample("photolog_retries", runtime.retries, (name,)),
        ]

    return name, measure


def pushing(runtimes: Callable[[], Iterable[Runtime]]) -> tuple[str, Source]:
    """What became of published posts in this process, by all that are fed in it when somebody asks."""

    async def measure() -> Iterable[Sample]:
        reactions = [one for runtime in runtimes() for one in runtime.appliers.reactions.values()]
        tallies = {id(one): one.tally for one in reactions if isinstance(one, FanOuts)}.values()
        return [
            Sample("photolog_fan_outs_pushed", sum(one.pushed for one in tallies)),
            Sample("photolog_fan_outs_left_to_readers", sum(one.left_to_readers for one in tallies)),
            Sample("photolog_celebrity_crossings", sum(one.crossings for one in tallies)),
        ]

    return "pushes", measure


def fed(runtimes: Callable[[], Iterable[Runtime]]) -> tuple[str, Source]:
    """The same of all that are fed in this process when somebody asks."""

    async def measure() -> Iterable[Sample]:
        found = await asyncio.gather(*(feeding(runtime)[1]() for runtime in runtimes()))
        return [sample for samples in found for sample in samples]

    return "subscribers", measure


def believing(state: HeldState) -> tuple[str, Source]:
    """What this process holds of the site's state."""

    async def measure() -> Iterable[Sample]:
        held = state.held
        if held is None:
            return [Sample("photolog_site_lease_holds", 0)]
        return [
            Sample("photolog_site_lease_holds", held.holds),
            Sample("photolog_redis_epoch", held.state.epoch),
            Sample("photolog_redis_away_shares", len(held.state.away)),
        ]

    return "site", measure


def telling(reach: SharedReach) -> tuple[str, Source]:
    """How this process got on with Redis."""

    async def measure() -> Iterable[Sample]:
        return [Sample("photolog_redis_gone_shares", reach.gone), Sample("photolog_redis_returns", reach.returned)]

    return "reach", measure


async def _lags(runtime: Runtime) -> Sequence[Sample]:
    """The age of what is due is read from the log, only where something is."""
    name, log = runtime.subscriber.id, runtime.sources.log
    lags, progress = await runtime.lags(), await runtime.sources.positions.progress(name)

    async def age(partition: Partition) -> float:
        rows = progress[partition].rows if partition in progress else 0
        due = await log.read(*partition, rows, 1) if lags[partition] else []
        return max(0.0, (wall_clock() - due[0].at) / 1_000) if due else 0.0

    ages = await asyncio.gather(*map(age, lags))
    labels = [(name, partition.topic, str(partition.number)) for partition in lags]
    events = [Sample("photolog_lag_events", lag, of) for lag, of in zip(lags.values(), labels, strict=True)]
    return [*events, *(Sample("photolog_lag_seconds", one, of) for one, of in zip(ages, labels, strict=True))]
