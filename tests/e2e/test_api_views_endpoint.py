"""The plain endpoint of views and the application's route: whoever says in whatever way what was seen gets the same
answer, and the same of it is kept."""

import gzip
import json
from typing import Any

import httpx
import pytest

from tests.e2e.people import Person
from tests.processes import ServerProcess

ODD = {"Origin": "https://photos.example"}
"""What the plain endpoint leaves to the application."""
VIEW = {"post_id": "po_00000000000", "surface": "feed", "rank": 3, "dwell_ms": 1_200}
JSON = {"Content-Type": "application/json"}
SAME = ("Content-Type", "Content-Length", "WWW-Authenticate", "Log-Position", "X-RateLimit-Limit", "Retry-After")


def both(person: Person, body: Any, **headers: str) -> httpx.Response:
    """What either answers, which is the same. `body`: JSON, or bytes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    said = {**JSON, **person.bearer, **headers}
    plain, odd = (person.http.post("/views", content=content, headers={**said, **more}) for more in ({}, ODD))
    assert (plain.status_code, plain.content) == (odd.status_code, odd.content)
    assert [plain.headers.get(name) for name in SAME] == [odd.headers.get(name) for name in SAME]
    return plain


@pytest.mark.parametrize(
    "headers", [{}, {"DNT": "1"}, {"Sec-GPC": "1"}, {"Content-Type": "application/json; charset=utf-8"}]
)
def test_both_ways_take_alike(ann: Person, headers: dict[str, str]) -> None:
    answer = both(ann, [{**VIEW, "unknown": None}] * 100, **headers)
    assert (answer.status_code, answer.content) == (202, b"")


def test_both_ways_answer_with_what_was_seen(ann: Person) -> None:
    assert both(ann, [VIEW], **{"At-Least-Position": ann.position}).headers["Log-Position"] == ann.position


WRONG = [
    ([], 422), ([VIEW] * 101, 422), (VIEW, 422), (None, 422), ([None], 422), ([VIEW, {**VIEW, "rank": -1}], 422),
    ([{**VIEW, "rank": True}, {}], 422), ([{**VIEW, "dwell_ms": 1.5}], 422), ([{**VIEW, "surface": "a b"}], 422),
    (b"", 422), (b"[", 400), (b"\xff", 400), (b"[" * 100, 400), (b" " * 300_000, 413),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status"), WRONG)
def test_both_ways_refuse_alike(ann: Person, body: Any, status: int) -> None:
    assert both(ann, body).status_code == status


HEADERS = [
    ({"Authorization": "Bearer made.up.token"}, 401), ({"Authorization": "Basic abc"}, 401),
    ({"At-Least-Position": "made up"}, 400), ({"Content-Type": "text/plain"}, 415),
    ({"Idempotency-Key": "k" * 129}, 422),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "status"), HEADERS)
def test_both_ways_refuse_the_same_heads(ann: Person, headers: dict[str, str], status: int) -> None:
    assert both(ann, [VIEW], **headers).status_code == status


def test_a_packed_body_is_refused(ann: Person) -> None:
    assert both(ann, gzip.compress(json.dumps([VIEW]).encode()), **{"Content-Encoding": "gzip"}).status_code == 415


def test_whole_numbers_with_a_point_and_bodies_in_parts_are_taken_too(ann: Person) -> None:
    assert both(ann, [{**VIEW, "rank": 3.0}]).status_code == 202
    parts = iter([b"[", json.dumps(VIEW).encode(), b"]"])
    assert ann.http.post("/views", content=parts, headers={**JSON, **ann.bearer}).status_code == 202


def test_a_report_under_a_key_is_taken_once(ann: Person) -> None:
    key = {"Idempotency-Key": "a report"}
    first, again = (ann.http.post("/views", json=[VIEW], headers={**ann.bearer, **key}) for _ in range(2))
    assert first.status_code == again.status_code == 202
    other = ann.http.post("/views", json=[VIEW, VIEW], headers={**ann.bearer, **key})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_other_methods_of_the_path_are_refused(ann: Person) -> None:
    answer = ann.http.get("/views", headers=ann.bearer)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize("backend", ["embedded"], indirect=True, scope="module")
def test_both_ways_are_counted_as_one_call(backend: str, ann: Person, shared_embedded: ServerProcess) -> None:
    both(ann, [VIEW])
    ops = shared_embedded.environment["PHOTOLOG_OPS_PORT"]
    shown = httpx.get(f"http://127.0.0.1:{ops}/metrics", trust_env=False).text
    counted = [line for line in shown.splitlines() if "views" in line and "_count" in line and 'outcome="ok"' in line]
    assert len(counted) == 1
    assert '"POST /views"' in counted[0]
