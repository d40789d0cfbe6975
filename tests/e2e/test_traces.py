"""Traces of a real server: from a client's own span to a sign-up and to the rows that it led to, sent to a collector,
without a personal value."""

from pathlib import Path

from tests.callers import caller
from tests.e2e.people import Person
from tests.integration.tracing.collector import collecting
from tests.pace import patient
from tests.processes import running_server

NAME = "ann_of_the_traces"
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CLIENT = {"traceparent": f"00-{TRACE}-{SPAN}-01"}


async def test_a_collector_is_sent_what_a_sign_up_led_to(tmp_path: Path) -> None:
    with collecting() as collector:
        async with running_server(tmp_path / "data", {"PHOTOLOG_OTLP": collector.url}) as server:
            with caller(server.url, headers=CLIENT) as http:
                ann = Person.signed_up(http, NAME)
                assert ann.get("/me").status_code == 200, "its rows are written"
            await server.stop()
        spans = collector.wait_for(patient(5), "ClaimUsername", "append to the log", "accounts@v1 rows")
    claims = [span for span in spans if span.name == "ClaimUsername"]
    (for_the_client,) = (span for span in claims if span.trace_id.hex() == TRACE)
    (claim,) = (span for span in claims if span.trace_id.hex() != TRACE)
    assert for_the_client.parent_span_id.hex() == SPAN
    assert [(one.trace_id, one.span_id) for one in for_the_client.links] == [(claim.trace_id, claim.span_id)]
    assert [(one.trace_id.hex(), one.span_id.hex()) for one in claim.links] == [(TRACE, SPAN)]
    appended = [span for span in spans if span.parent_span_id == claim.span_id and span.name == "append to the log"]
    rows = [span for span in spans if span.parent_span_id == claim.span_id and span.name == "accounts@v1 rows"]
    assert appended
    assert rows
    assert {span.trace_id for span in [*appended, *rows]} == {claim.trace_id}
    assert min(span.start_time_unix_nano for span in rows) >= claim.start_time_unix_nano
    assert NAME not in str(spans)
