"""What a process counts, as Prometheus reads it. Taken from the objects that count, when /metrics is asked."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Metric, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from commands.handling import Handler
from processors.reconciler import Reconciler


class WriteSideMetrics(Collector):
    """What the handler of this process did."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def collect(self) -> Iterator[Metric]:
        """Counters of commands, and what they had to finish for others."""
        tally = self._handler.streams.tally
        yield counter("photolog_commands", "Commands decided, those that change nothing included", tally.commands)
        yield counter("photolog_commands_refused", "Commands refused", tally.refused)
        yield counter("photolog_commands_failed", "Commands that stores or conflicts brought to nothing", tally.failed)
        yield counter("photolog_ledger_conflicts", "Versions that somebody else took first", tally.conflicts)
        yield counter(
            "photolog_finished_on_load_events",
            "Events left behind by others, appended when their stream was loaded",
            tally.finished,
        )
        yield gauge(
            "photolog_slots_in_doubt",
            "Announcements of this process whose outcome it does not know",
            self._handler.announcer.in_doubt,
        )


class ReconcilerMetrics(Collector):
    """What the reconciler of this process did."""

    def __init__(self, reconciler: Reconciler) -> None:
        self._reconciler = reconciler

    def collect(self) -> Iterator[Metric]:
        """Passes, and what they found and finished."""
        done = self._reconciler
        yield counter("photolog_reconciler_passes", "Passes over what is announced", done.passes)
        yield counter(
            "photolog_reconciler_finished_events", "Events left behind by others, appended to the log", done.finished
        )
        yield gauge(
            "photolog_reconciler_unfinished_streams",
            "Streams that the last pass found announced and not covered by their mark",
            done.unfinished,
        )


def registry(handler: Handler | None = None, reconciler: Reconciler | None = None) -> CollectorRegistry:
    """The metrics of one process: its own memory, time and files, and what it has of these."""
    metrics = CollectorRegistry()
    ProcessCollector(registry=metrics)
    if handler is not None:
        metrics.register(WriteSideMetrics(handler))
    if reconciler is not None:
        metrics.register(ReconcilerMetrics(reconciler))
    return metrics


def counter(name: str, about: str, value: float) -> CounterMetricFamily:
    """A counter with one value."""
    return CounterMetricFamily(name, about, value=value)


def gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    """A gauge with one value."""
    return GaugeMetricFamily(name, about, value=value)
