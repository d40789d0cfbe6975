"""Traces: what one command led to hangs together, through the log, in whichever process it was done."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from commands.ports import Span
from infra.tracing.otlp import OtelTraces

COMMAND = Span("Comment", "cm_1", own="cm_1", attributes={"photolog.aggregate": "comment"})
APPEND = Span("append to the log")
ROWS = Span("comments@v1 rows", "cm_1", parent="cm_1")
REACTION = Span("media@v1 Render", "cm_1", parent="cm_1")
FOLLOWING = Span("PublishPost", "cm_1", own="cm_2")


class Drawn:
    """Traces of a process, and what came of them."""

    def __init__(self, ratio: float = 1.0) -> None:
        self.exporter = InMemorySpanExporter()
        self.traces = OtelTraces(SimpleSpanProcessor(self.exporter), ratio, service_name="photolog")

    def spans(self) -> Sequence[ReadableSpan]:
        return self.exporter.get_finished_spans()

    def above(self, name: str) -> str | None:
        """The name of what this span hangs below, in whatever process; None: nothing."""
        (span,) = (one for one in self.spans() if one.name == name)
        return f"{span.parent.span_id:016x}" if span.parent else None

    def id_of(self, name: str) -> str:
        (span,) = (one for one in self.spans() if one.name == name)
        assert span.context is not None
        return f"{span.context.span_id:016x}"


@pytest.fixture
def here() -> Iterator[Drawn]:
    drawn = Drawn()
    yield drawn
    drawn.traces.close()


@pytest.fixture
def elsewhere() -> Iterator[Drawn]:
    drawn = Drawn()
    yield drawn
    drawn.traces.close()


def test_rows_and_reactions_hang_below_the_command_in_another_process_that_nobody_told(
    here: Drawn, elsewhere: Drawn
) -> None:
    with here.traces.span(COMMAND), here.traces.span(APPEND):
        pass
    elsewhere.traces.past(1, ROWS)
    with elsewhere.traces.span(REACTION), elsewhere.traces.span(FOLLOWING):
        pass
    assert here.above("Comment") is None
    command = here.id_of("Comment")
    assert here.above("append to the log") == command
    assert elsewhere.above(ROWS.name) == elsewhere.above(REACTION.name) == command
    assert elsewhere.above("PublishPost") == elsewhere.id_of(REACTION.name)
    traces = {span.context.trace_id for span in [*here.spans(), *elsewhere.spans()] if span.context}
    assert len(traces) == 1


def test_what_is_part_of_nothing_is_not_drawn(here: Drawn) -> None:
    with here.traces.span(APPEND):
        pass
    assert here.spans() == ()


def test_of_an_error_only_its_type_is_kept(here: Drawn) -> None:
    with pytest.raises(ConnectionError), here.traces.span(COMMAND):
        raise ConnectionError("secret")
    (span,) = here.spans()
    assert "secret" not in span.to_json()
    assert span.status.description == "ConnectionError"


async def test_what_goes_on_side_by_side_is_not_mixed_up(here: Drawn) -> None:
    async def handled(name: str) -> None:
        with here.traces.span(Span(name, name, own=name)):
            await asyncio.sleep(0)
            with here.traces.span(Span(f"{name} below")):
                await asyncio.sleep(0)

    await asyncio.gather(*map(handled, ("one", "two", "three")))
    for name in ("one", "two", "three"):
        assert here.above(f"{name} below") == here.id_of(name)


def test_a_trace_is_kept_whole_or_not_at_all_whoever_draws_it() -> None:
    command_side, worker = Drawn(0.3), Drawn(0.3)
    for number in range(200):
        with command_side.traces.span(Span("Like", f"cm_{number}", own=f"cm_{number}")):
            pass
        worker.traces.past(1, Span("likes@v1 rows", f"cm_{number}", parent=f"cm_{number}"))
    kept = [{span.context.trace_id for span in drawn.spans() if span.context} for drawn in (command_side, worker)]
    assert kept[0] == kept[1]
    assert 30 < len(kept[0]) < 90
