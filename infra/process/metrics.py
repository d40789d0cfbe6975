"""Every metric there is, declared once; and how a process answers /metrics. What counts them: measures.py.

Listed by `photolog metrics`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client import Metric as Family
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

WITHIN_S = 2.0
"""How long a source may take: a store that is away must not cost the others."""

logger = logging.getLogger("photolog.metrics")


class Metric(NamedTuple):
    """One metric. A counter's name is given `_total` where it is shown."""

    name: str
    kind: Literal["counter", "gauge"]
    about: str
    labels: tuple[str, ...] = ()


SHARE = ("subscriber", "topic", "partition")
CATALOGUE = (
    Metric("photolog_commands", "counter", "Commands decided, those that change nothing included"),
    Metric("photolog_commands_refused", "counter", "Commands refused"),
    Metric("photolog_commands_failed", "counter", "Commands that stores or conflicts brought to nothing"),
    Metric("photolog_ledger_conflicts", "counter", "Versions that somebody else took first"),
    Metric(
        "photolog_finished_on_load_events",
        "counter",
        "Events left behind by others, appended when their stream was loaded",
    ),
    Metric("photolog_slots_in_doubt", "gauge", "Announcements of this process whose outcome it does not know"),
    Metric("photolog_reconciler_passes", "counter", "Passes over what is announced"),
    Metric("photolog_reconciler_finished_events", "counter", "Events left behind by others, appended to the log"),
    Metric(
        "photolog_reconciler_unfinished_streams",
        "gauge",
        "Streams that the last pass found announced and not covered by their mark",
    ),
    Metric("photolog_lag_events", "gauge", "Events whose rows are still to be written, up to the log's end", SHARE),
    Metric("photolog_lag_seconds", "gauge", "How long ago the first of them was appended", SHARE),
    Metric("photolog_window_events", "gauge", "Events whose reactions are under way in this process", SHARE),
    Metric("photolog_window_width", "gauge", "Above how many of them a partition waits", ("subscriber",)),
    Metric("photolog_partitions_held", "gauge", "Partitions that an error holds in this process", ("subscriber",)),
    Metric("photolog_partitions_late", "gauge", "Partitions here with a reaction that fails now", ("subscriber",)),
    Metric("photolog_dead_letters", "counter", "Events that this process put aside", ("subscriber",)),
    Metric("photolog_held_streams", "gauge", "Streams that wait behind one, in partitions here", ("subscriber",)),
    Metric("photolog_retries", "counter", "Steps and reactions that failed here and are tried again", ("subscriber",)),
    Metric("photolog_fan_outs_pushed", "counter", "Published posts that this process pushed into feeds"),
    Metric("photolog_fan_outs_left_to_readers", "counter", "Published posts of celebrities, which readers pull"),
    Metric("photolog_celebrity_crossings", "counter", "Authors seen by this process to have become celebrities"),
    Metric("photolog_redis_epoch", "gauge", "The epoch that is believed of Redis, as this process knows it"),
    Metric("photolog_redis_away_shares", "gauge", "Subscribers' partitions that cannot reach Redis: readers pass it"),
    Metric("photolog_site_lease_holds", "gauge", "1 while this process may go by the site's state, 0 while not"),
    Metric("photolog_redis_gone_shares", "counter", "How often shares of this process went on without Redis"),
    Metric("photolog_redis_returns", "counter", "How often this process raised the epoch"),
    Metric("photolog_unmeasured", "gauge", "1 where a source did not answer this scrape, 0 where it did", ("source",)),
)
BY_NAME = {metric.name: metric for metric in CATALOGUE}


class Sample(NamedTuple):
    """One value of a metric, with its labels' values in order."""

    name: str
    value: float
    labels: tuple[str, ...] = ()


Source = Callable[[], Awaitable[Iterable[Sample]]]
"""Measures something now. May ask stores."""


class Families(Collector):
    """Samples as Prometheus' client takes them."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self._samples = samples

    def collect(self) -> Iterator[Family]:
        """In the order of the catalogue. Raises KeyError for a sample that it does not declare."""
        families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
        for sample in self._samples:
            metric = BY_NAME[sample.name]
            if sample.name not in families:
                kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
                families[sample.name] = kind(metric.name, metric.about, labels=metric.labels)
            families[sample.name].add_metric(list(sample.labels), sample.value)
        return iter([families[name] for name in BY_NAME if name in families])


async def shown(sources: Iterable[tuple[str, Source]]) -> bytes:
    """What /metrics answers: the process's own memory, time and files, and what the sources measure."""
    named = list(sources)
    samples = [sample for some in await asyncio.gather(*(_measured(*one) for one in named)) for sample in some]
    metrics = CollectorRegistry()
    ProcessCollector(registry=metrics)
    metrics.register(Families(samples))
    return generate_latest(metrics)


async def _measured(name: str, source: Source) -> list[Sample]:
    try:
        async with asyncio.timeout(WITHIN_S):
            return [*await source(), Sample("photolog_unmeasured", 0, (name,))]
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the others are shown
        logger.warning("%s cannot be measured: %s", name, type(error).__name__)
        return [Sample("photolog_unmeasured", 1, (name,))]
