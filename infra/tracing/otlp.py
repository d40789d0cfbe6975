"""OtelTraces: the Traces port on OpenTelemetry. Its ids are digests of names: no process needs to tell another any.

W3C Trace Context (https://www.w3.org/TR/trace-context/) has the lengths of ids. A trace is kept or not by its id alone,
so wholly or not at all, whichever processes it went through. A command that a client of a trace of its own asked for is
drawn there as well, and each of the two leads to the other.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision, ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    Status,
    StatusCode,
    TraceFlags,
    get_current_span,
    set_span_in_context,
    use_span,
)
from opentelemetry.trace import Span as Drawn

from commands.ports import Span
from infra.tracing.callers import caller

TRACE_BYTES, SPAN_BYTES = 16, 8


class OtelTraces:
    """The traces of one process."""

    kept = True

    def __init__(self, processor: SpanProcessor, ratio: float = 1.0, **resource: str) -> None:
        """`ratio`: how many traces of a hundred are kept, as a fraction. `resource`: attributes of all spans."""
        self._ids, self._kept = NamedIds(), TraceIdRatioBased(ratio)
        self._provider = TracerProvider(
            resource=Resource.create({name.replace("_", "."): value for name, value in resource.items()}),
            sampler=ParentBased(self._kept),
            id_generator=self._ids,
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("photolog")

    @contextmanager
    def span(self, span: Span) -> Iterator[None]:
        if not span.correlation and not get_current_span().get_span_context().is_valid:
            yield
            return
        asked = caller() if span.own else None
        drawn = self._begun(span, links=[Link(asked)] if asked else [])
        both = [drawn, *self._drawn_for(asked, span, drawn)]
        try:
            # Of an error its type alone: what it says may be personal.
            with use_span(drawn, record_exception=False, set_status_on_exception=False):
                yield
        except BaseException as error:
            for one in both:
                one.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
        finally:
            for one in both:
                one.end()

    def past(self, began_ns: int, *spans: Span) -> None:
        ended = time.time_ns()
        for span in spans:
            self._begun(span, began_ns).end(ended)

    def close(self) -> None:
        self._provider.shutdown()

    def _begun(self, span: Span, began_ns: int | None = None, links: Sequence[Link] = ()) -> Drawn:
        with self._ids.named(span):
            return self._tracer.start_span(
                span.name, context=self._above(span), attributes=span.attributes, links=links, start_time=began_ns
            )

    def _drawn_for(self, asked: SpanContext | None, span: Span, drawn: Drawn) -> Iterator[Drawn]:
        """The same below a client's span, if the client keeps that, and if what it leads to is kept."""
        if asked and asked.trace_flags.sampled and drawn.is_recording():
            within, ours = _within(asked), Link(drawn.get_span_context())
            yield self._tracer.start_span(span.name, context=within, attributes=span.attributes, links=[ours])

    def _above(self, span: Span) -> Context | None:
        """What it hangs below: somewhere else, here (None), or nothing."""
        trace_id = _digest(span.correlation, TRACE_BYTES)
        if span.parent:
            kept = self._kept.should_sample(None, trace_id, span.name).decision is Decision.RECORD_AND_SAMPLE
            flags = TraceFlags(TraceFlags.SAMPLED if kept else TraceFlags.DEFAULT)
            return _within(SpanContext(trace_id, _digest(span.parent, SPAN_BYTES), True, flags))
        here = get_current_span().get_span_context()
        of_this = here.is_valid and (not span.correlation or here.trace_id == trace_id)
        return None if of_this else Context()


class NamedIds(IdGenerator):
    """Ids by names, and by chance where nothing is named."""

    def __init__(self) -> None:
        self._chance = RandomIdGenerator()
        self._span: ContextVar[Span | None] = ContextVar("span", default=None)

    @contextmanager
    def named(self, span: Span) -> Iterator[None]:
        """What is begun in the block is this."""
        before = self._span.set(span)
        try:
            yield
        finally:
            self._span.reset(before)

    def generate_trace_id(self) -> int:
        span = self._span.get()
        return _digest(span.correlation, TRACE_BYTES) if span else self._chance.generate_trace_id()

    def generate_span_id(self) -> int:
        span = self._span.get()
        return _digest(span.own, SPAN_BYTES) if span and span.own else self._chance.generate_span_id()


def _within(there: SpanContext) -> Context:
    """Somewhere else: below this, and nothing that goes on here."""
    return set_span_in_context(NonRecordingSpan(there), Context())


def _digest(name: str, size: int) -> int:
    return int.from_bytes(sha256(name.encode()).digest()[:size]) or 1
