"""Where the metrics of what a process does come from: the objects that count, and the stores, asked when /metrics is.

What it holds of the site and of Redis: site_measures.py.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from commands.handling import Handler
from infra.http.timings import NOTHING, Timings
from infra.process.clock import wall_clock
from infra.process.metrics import Measured, Sample, Source, Spread
from processors.durations import Durations
from processors.fanout import FanOuts
from processors.leftovers import Leftovers
from processors.media import RenderApplier
from processors.reconciler import Reconciler
from processors.runtime import NOWHERE, Runtime
from processors.threshold import Threshold
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


def answering(timings: Timings) -> tuple[str, Source]:
    """What requests of this process took: those that change something, and those that read."""

    async def measure() -> Iterable[Measured]:
        return [
            Spread(_side(operation), took, (operation, outcome))
            for (operation, outcome), took in sorted(timings.took.items())
            if operation != NOTHING
        ]

    return "requests", measure


def reconciling(done: Reconciler) -> tuple[str, Source]:
    """What the reconciler of this process did."""

    async def measure() -> Iterable[Sample]:
        return [
            Sample("photolog_reconciler_passes", done.passes),
            Sample("photolog_reconciler_finished_events", done.finished),
            Sample("photolog_reconciler_unfinished_streams", done.unfinished),
        ]

    return "reconciler", measure


def tidying(done: Leftovers) -> tuple[str, Source]:
    """What the reconciler of uploads did in this process."""

    async def measure() -> Iterable[Sample]:
        return [
            Sample("photolog_leftovers_passes", done.passes),
            Sample("photolog_leftovers_noted_uploads", done.noted),
            Sample("photolog_leftovers_retried_photos", done.retried),
            Sample("photolog_leftovers_removed_originals", done.originals_removed),
            Sample("photolog_leftovers_uploads_given_up", done.uploads_given_up),
            Sample("photolog_leftovers_removed_renditions", done.renditions_removed),
        ]

    return "leftovers", measure


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
    """What became of uploads and published posts in this process, by all that are fed in it when somebody asks."""

    async def measure() -> Iterable[Measured]:
        reactions = [one for runtime in runtimes() for one in runtime.appliers.reactions.values()]
        fan_outs = [one for one in reactions if isinstance(one, FanOuts)]
        tallies = {id(one.tally): one.tally for one in fan_outs}.values()
        thresholds = {id(one.threshold): one.threshold for one in fan_outs}.values()
        renders = [one for one in reactions if isinstance(one, RenderApplier)]
        return [
            Spread("photolog_fan_out_seconds", Durations.of_all(one.took for one in tallies)),
            Spread("photolog_render_seconds", Durations.of_all(one.renders.rendering for one in renders)),
            Spread("photolog_upload_seconds", Durations.of_all(one.waiting for one in renders)),
            Sample("photolog_uploads_reused", sum(one.renders.duplicates.reused for one in renders)),
            Sample("photolog_blocklist_failed", sum(one.renders.blocklist.failed for one in renders)),
            Sample("photolog_fan_outs_pushed", sum(one.pushed for one in tallies)),
            Sample("photolog_fan_outs_left_to_readers", sum(one.left_to_readers for one in tallies)),
            Sample("photolog_celebrity_crossings", sum(one.crossings for one in tallies)),
            *(sample for one in thresholds for sample in _deciding(one)),
        ]

    return "pushes", measure


def fed(runtimes: Callable[[], Iterable[Runtime]]) -> tuple[str, Source]:
    """The same of all that are fed in this process when somebody asks."""

    async def measure() -> Iterable[Measured]:
        found = await asyncio.gather(*(feeding(runtime)[1]() for runtime in runtimes()))
        return [sample for samples in found for sample in samples]

    return "subscribers", measure


def _deciding(threshold: Threshold) -> Iterable[Sample]:
    """A process has one."""
    yield Sample("photolog_celebrity_followers", threshold.followers)
    yield Sample("photolog_celebrity_followers_raised", threshold.raised)
    yield Sample("photolog_celebrity_followers_lowered", threshold.lowered)
    yield Sample("photolog_fan_out_follower_seconds", threshold.follower_s)


def _side(operation: str) -> str:
    return "photolog_query_seconds" if operation.startswith(("GET ", "HEAD ")) else "photolog_command_seconds"


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
    samples = []
    for (partition, lag), age_s, of in zip(lags.items(), ages, labels, strict=True):
        own = progress.get(partition, NOWHERE)
        samples.append(Sample("photolog_lag_events", lag, of))
        samples.append(Sample("photolog_unfinished_events", lag + own.rows - own.finished, of))
        samples.append(Sample("photolog_lag_seconds", age_s, of))
    return samples
