"""Traces: what one command led to hangs together, through the log, in whichever process it was done."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext
from starlette.types import Receive, Scope, Send

from commands.ports import Span
from infra.tracing.callers import Called
from infra.tracing.otlp import OtelTraces

COMMAND = Span("Comment", "cm_1", own="cm_1", attributes={"photolog.aggregate": "comment"})
APPEND = Span("append to the log")
ROWS = Span("comments@v1 rows", "cm_1", parent="cm_1")
REACTION = Span("media@v1 Render", "cm_1", parent="cm_1")
THEIRS = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"
"""A trace and a span of a client."""
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


async def called(drawn: Drawn, *said: str, span: Span = COMMAND) -> None:
    """A request with these `traceparent`s, and the command that it leads to."""

    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        with drawn.traces.span(span), drawn.traces.span(APPEND):
            pass

    headers = [(b"traceparent", one.encode()) for one in said]
    await Called(app)({"type": "http", "headers": headers}, None, None)  # type: ignore[arg-type]


async def test_a_command_is_drawn_below_the_clients_span_too_and_leads_from_there_to_what_it_did(
    here: Drawn, elsewhere: Drawn
) -> None:
    await called(here, f"00-{THEIRS}-01")
    elsewhere.traces.past(1, ROWS)
    ours, theirs = sorted((one for one in here.spans() if one.name == "Comment"), key=lambda one: bool(one.parent))
    assert ours.context
    assert _named(theirs.parent) == THEIRS
    assert [_named(link.context) for link in theirs.links] == [_named(ours.context)]
    assert [_named(link.context) for link in ours.links] == [THEIRS]
    assert here.above("append to the log") == elsewhere.above(ROWS.name) == f"{ours.context.span_id:016x}"
    with here.traces.span(Span("Like", "cm_9", own="cm_9")):
        pass
    assert len([one for one in here.spans() if one.name == "Like"]) == 1, "another request, that nobody named"


def _named(context: SpanContext | None) -> str:
    """As a traceparent has it."""
    return f"{context.trace_id:032x}-{context.span_id:016x}" if context else ""


@pytest.mark.parametrize(
    "said",
    [
        [],
        [""],
        ["00-0af7651916cd43dd8448eb211c80319c"],
        [f"ff-{THEIRS}-01"],
        [f"00-{THEIRS}-01-more"],
        [f"00-{THEIRS.upper()}-01"],
        [f"00-{'0' * 32}-b7ad6b7169203331-01"],
        [f"00-0af7651916cd43dd8448eb211c80319c-{'0' * 16}-01"],
        [f"01-{THEIRS}-01-{'x' * 1_000}"],
        [f"00-{THEIRS}-01", f"00-{THEIRS}-01"],
    ],
)
async def test_a_traceparent_that_cannot_be_read_is_as_none(here: Drawn, said: list[str]) -> None:
    await called(here, *said)
    assert here.above("Comment") is None
    assert [one.links for one in here.spans()] == [(), ()]


async def test_what_the_client_does_not_keep_is_not_drawn_for_it_and_ours_is(here: Drawn) -> None:
    await called(here, f"00-{THEIRS}-00")
    assert sorted(one.name for one in here.spans()) == ["Comment", "append to the log"]


async def test_no_client_has_more_kept_than_the_ratio() -> None:
    drawn = Drawn(0.3)
    for number in range(200):
        await called(drawn, f"00-{THEIRS}-01", span=Span("Like", f"cm_{number}", own=f"cm_{number}"))
    theirs = [one for one in drawn.spans() if one.name == "Like" and one.parent]
    ours = {_named(one.context) for one in drawn.spans() if one.name == "Like" and not one.parent}
    assert 30 < len(theirs) < 90
    assert {_named(link.context) for one in theirs for link in one.links} == ours
