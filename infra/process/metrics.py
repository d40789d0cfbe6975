"""Every metric there is, declared once; and how a process answers /metrics. What counts them: measures.py.

Listed by `photolog metrics`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client import Metric as Family
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from processors.durations import Durations

WITHIN_S = 2.0
"""How long a source may take: a store that is away must not cost the others."""

logger = logging.getLogger("photolog.metrics")


class Metric(NamedTuple):
    """One metric. A counter's name is given `_total` where it is shown."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    about: str
    labels: tuple[str, ...] = ()


REQUEST = ("operation", "outcome")
SHARE = ("subscriber", "topic", "partition")
CATALOGUE = (
    Metric("photolog_commands", "counter", "Commands decided, those that change nothing included"),
    Metric("photolog_commands_refused", "counter", "Commands refused"),
    Metric("photolog_commands_failed", "counter", "Commands that stores or conflicts brought to nothing"),
    Metric("photolog_command_seconds", "histogram", "What requests that change something took to be answered", REQUEST),
    Metric("photolog_query_seconds", "histogram", "What requests that read took to be answered", REQUEST),
    Metric("photolog_ledger_conflicts", "counter", "Versions that somebody else took first"),
    Metric(
        "photolog_finished_on_load_events",
        "counter",
        "Events left behind by others, appended when their stream was loaded",
    ),
    Metric("photolog_slots_in_doubt", "gauge", "Announcements of this process whose outcome it does not know"),
    Metric("photolog_leftovers_passes", "counter", "Looks for uploads and objects that were left over"),
    Metric("photolog_leftovers_noted_uploads", "counter", "Uploads that were there and not completed"),
    Metric("photolog_leftovers_retried_photos", "counter", "Photos that were given another attempt"),
    Metric("photolog_leftovers_removed_originals", "counter", "Originals that no post needs"),
    Metric("photolog_leftovers_uploads_given_up", "counter", "Uploads in parts that were never completed"),
    Metric("photolog_leftovers_removed_renditions", "counter", "Renditions of no publication"),
    Metric("photolog_reconciler_passes", "counter", "Passes over what is announced"),
    Metric("photolog_reconciler_finished_events", "counter", "Events left behind by others, appended to the log"),
    Metric(
        "photolog_reconciler_unfinished_streams",
        "gauge",
        "Streams that the last pass found announced and not covered by their mark",
    ),
    Metric("photolog_lag_events", "gauge", "Events whose rows are still to be written, up to the log's end", SHARE),
    Metric("photolog_unfinished_events", "gauge", "Those, and events whose reactions are not over", SHARE),
    Metric("photolog_lag_seconds", "gauge", "How long ago the first of them was appended", SHARE),
    Metric(
        "photolog_stalled_partitions",
        "gauge",
        "Partitions of the site, seen from here, that nobody feeds or that do not move though something is due",
        ("subscriber",),
    ),
    Metric("photolog_canary_seconds", "histogram", "What canaries took from command to query"),
    Metric("photolog_canary_delay_seconds", "gauge", "How long the last canary took from command to query, or takes"),
    Metric("photolog_canaries_heard", "counter", "Canaries of this process that a query has seen"),
    Metric("photolog_canaries_lost", "counter", "Canaries of this process that none has seen in time"),
    Metric("photolog_window_events", "gauge", "Events whose reactions are under way in this process", SHARE),
    Metric("photolog_window_width", "gauge", "Above how many of them a partition waits", ("subscriber",)),
    Metric("photolog_partitions_held", "gauge", "Partitions that an error holds in this process", ("subscriber",)),
    Metric("photolog_partitions_late", "gauge", "Partitions here with a reaction that fails now", ("subscriber",)),
    Metric("photolog_dead_letters", "counter", "Events that this process put aside", ("subscriber",)),
    Metric("photolog_held_streams", "gauge", "Streams that wait behind one, in partitions here", ("subscriber",)),
    Metric("photolog_retries", "counter", "Steps and reactions that failed here and are tried again", ("subscriber",)),
    Metric("photolog_fan_outs_pushed", "counter", "Published posts that this process pushed into feeds"),
    Metric("photolog_fan_outs_left_to_readers", "counter", "Published posts of celebrities, which readers pull"),
    Metric("photolog_fan_out_seconds", "histogram", "From the publication of a post until this process had pushed it"),
    Metric("photolog_render_seconds", "histogram", "What rendering a photo took in this process"),
    Metric("photolog_upload_seconds", "histogram", "From a complete upload until it was shown or rejected here"),
    Metric("photolog_uploads_reused", "counter", "Uploads shown by copies of what was made of the same"),
    Metric("photolog_edge_lookups", "counter", "Media that this edge was asked for", ("outcome",)),
    Metric("photolog_edge_warmed", "counter", "Requests that had edges fetch what was hot at this one"),
    Metric("photolog_edge_hit_rate", "gauge", "The part of them that it had, since it began"),
    Metric("photolog_cold_passes", "counter", "Looks for photos that nobody has read for long, by this process"),
    Metric("photolog_cold_passes_failed", "counter", "Those that a store cut short"),
    Metric("photolog_cold_moved_posts", "counter", "Posts whose files this process moved to PHOTOLOG_COLD"),
    Metric("photolog_cold_moved_bytes", "counter", "What the dear class has less of them"),
    Metric("photolog_cold_returned_objects", "counter", "Files that this process copied back because they were read"),
    Metric("photolog_cold_returned_bytes", "counter", "What the dear class has more of them"),
    Metric("photolog_cold_posts", "gauge", "Posts in the dear class at the last whole look", ("outcome",)),
    Metric("photolog_blocklist_failed", "counter", "Times that the blocklist could not be read here"),
    Metric("photolog_celebrity_crossings", "counter", "Authors seen by this process to have become celebrities"),
    Metric("photolog_celebrity_followers", "gauge", "From how many followers on one is seen so by this process"),
    Metric("photolog_celebrity_followers_raised", "counter", "Times that it was raised: pushing got cheaper"),
    Metric("photolog_celebrity_followers_lowered", "counter", "Times that it was lowered: pushing got dearer"),
    Metric("photolog_fan_out_follower_seconds", "gauge", "What one follower costs where posts have many; 0: not known"),
    Metric("photolog_table_reads", "gauge", "Reads of tables that queries of this process have under way"),
    Metric("photolog_table_reads_most", "gauge", "The most that were ever; bound by PHOTOLOG_TABLE_READS_AT_ONCE"),
    Metric("photolog_table_reads_refused", "counter", "Reads that were turned away because too many waited"),
    Metric("photolog_feeds_made", "gauge", "Feeds that this process reads from the tables just now"),
    Metric("photolog_feeds_refused", "counter", "Readers of feeds that were turned away because too many waited"),
    Metric("photolog_short_pages_refused", "counter", "Readers of feeds that were turned away while Redis is away"),
    Metric("photolog_redis_passed", "gauge", "1 while readers of this process go past Redis because it fails"),
    Metric("photolog_redis_failures", "counter", "How often that began"),
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


class Spread(NamedTuple):
    """One histogram, with its labels' values in order."""

    name: str
    durations: Durations
    labels: tuple[str, ...] = ()


Measured = Sample | Spread
Source = Callable[[], Awaitable[Iterable[Measured]]]
"""Measures something now. May ask stores."""
Declared = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily
KINDS: Mapping[str, type[Declared]] = {
    "counter": CounterMetricFamily,
    "gauge": GaugeMetricFamily,
    "histogram": HistogramMetricFamily,
}


class Families(Collector):
    """Samples as Prometheus' client takes them."""

    def __init__(self, samples: Sequence[Measured]) -> None:
        self._samples = samples

    def collect(self) -> Iterator[Family]:
        """In the order of the catalogue. Raises KeyError for a sample that it does not declare."""
        families: dict[str, Declared] = {}
        for one in self._samples:
            metric = BY_NAME[one.name]
            if one.name not in families:
                families[one.name] = KINDS[metric.kind](metric.name, metric.about, labels=metric.labels)
            match families[one.name], one:
                case HistogramMetricFamily() as family, Spread(durations=durations):
                    family.add_metric(list(one.labels), durations.up_to, durations.seconds)
                case (CounterMetricFamily() | GaugeMetricFamily()) as family, Sample(value=value):
                    family.add_metric(list(one.labels), value)
                case _:
                    raise TypeError(f"{one.name} is a {metric.kind}")
        return iter([families[name] for name in BY_NAME if name in families])


async def shown(sources: Iterable[tuple[str, Source]]) -> bytes:
    """What /metrics answers: the process's own memory, time and files, and what the sources measure."""
    named = list(sources)
    samples = [sample for some in await asyncio.gather(*(_measured(*one) for one in named)) for sample in some]
    metrics = CollectorRegistry()
    ProcessCollector(registry=metrics)
    metrics.register(Families(samples))
    return generate_latest(metrics)


async def _measured(name: str, source: Source) -> list[Measured]:
    try:
        async with asyncio.timeout(WITHIN_S):
            return [*await source(), Sample("photolog_unmeasured", 0, (name,))]
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the others are shown
        logger.warning("%s cannot be measured: %s", name, type(error).__name__)
        return [Sample("photolog_unmeasured", 1, (name,))]
