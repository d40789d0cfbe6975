"""Errors in general: one shape, stable codes, nothing of the inside, and kept by no cache."""

import re

import httpx
import pytest

from tests.e2e.people import Person, assert_problem, fields


def test_an_unknown_path_is_a_problem(http: httpx.Client) -> None:
    for path in ("/nope", "/posts/po_1/nope", "/feed/x"):
        assert_problem(http.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/posts/%00"), ("DELETE", "/posts/%00"), ("POST", "/follow/%00"), ("POST", "/posts/%00/comments")],
)
def test_a_path_with_a_nul_leads_nowhere(ann: Person, method: str, path: str) -> None:
    answer = ann.ask(method, path, json={"text": "x"})
    # A gateway may find that it cannot be read, before anybody finds that there is nothing.
    assert_problem(answer, *((400, "bad_request") if answer.status_code == 400 else (404, "not_found")))


@pytest.mark.parametrize(
    ("method", "path", "there"),
    [
        ("PUT", "/me", {"GET", "PATCH"}),
        ("PUT", "/posts/po_1", {"GET", "PATCH", "DELETE"}),
        ("OPTIONS", "/photos/po_1/comments", {"GET", "POST"}),
        ("DELETE", "/users/ac_1", {"GET"}),
    ],
)
def test_a_method_that_is_not_there_names_those_that_are(
    http: httpx.Client, method: str, path: str, there: set[str]
) -> None:
    answer = http.request(method, path)
    assert_problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) - {"HEAD"} == there


@pytest.mark.parametrize("body", [b"{", b"nonsense", b"\xff\xfe", b'{"text": }'])
def test_a_body_that_is_not_json_is_a_bad_request(ann: Person, body: bytes) -> None:
    answer = ann.ask("POST", "/follows", {"Content-Type": "application/json"}, content=body)
    assert_problem(answer, 400, "bad_request")


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"7", b'"x"', b"[" * 500 + b"]" * 500])
def test_json_that_is_no_object_is_invalid(ann: Person, body: bytes) -> None:
    answer = ann.ask("POST", "/follows", {"Content-Type": "application/json"}, content=body)
    assert_problem(answer, 422, "validation_failed")


def test_json_that_is_too_deep_or_too_long_a_number_is_no_fault_of_ours(ann: Person) -> None:
    for body in (b"[" * 200_000, b'{"user_id": ' + b"9" * 10_000 + b"}"):
        answer = ann.ask("POST", "/follows", {"Content-Type": "application/json"}, content=body)
        assert answer.status_code in (400, 422)
        assert answer.json()["code"] in ("bad_request", "validation_failed")


def test_every_wrong_field_is_named_and_no_value_repeated(ann: Person) -> None:
    wrong = {"filename": "x" * 300, "content_type": 7, "size_bytes": "my secret", "tags": ["ok", "not ok"]}
    answer = ann.post("/posts", wrong)
    problem = assert_problem(answer, 422, "validation_failed")
    assert sorted(fields(problem)) == ["content_type", "filename", "size_bytes", "tags.1"]
    assert "my secret" not in answer.text
    assert "not ok" not in answer.text


def test_a_refused_read_is_kept_by_no_shared_cache(ann: Person, http: httpx.Client) -> None:
    post = ann.publish()
    ann.delete(f"/posts/{post}")
    for answer, status in (
        (ann.get(f"/posts/{post}"), 410),
        (ann.get("/posts/po_00000000000"), 404),
        (http.get("/me"), 401),
        (ann.get("/feed", limit=0), 422),
    ):
        assert answer.status_code == status
        assert (answer.headers["Cache-Control"], answer.headers["Vary"]) == ("private, no-cache", "Authorization")


def test_health_is_told_to_everybody(http: httpx.Client) -> None:
    assert http.get("/healthz").json() == {"status": "alive"}
    ready = http.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")


def needing_a_token(http: httpx.Client) -> list[tuple[str, str]]:
    """Method and path of every call that strangers may not make."""
    paths = http.get("/openapi.json").json()["paths"]
    return [
        (method.upper(), re.sub(r"\{\w+\}", "po_00000000000", path))
        for path, methods in paths.items()
        for method, said in methods.items()
        if said.get("security") and {} not in said["security"]
    ]


@pytest.mark.parametrize("authorization", [None, "Bearer nonsense", "Basic x"])
@pytest.mark.parametrize(
    ("content", "content_type"),
    [(b"{", "application/json"), (b"{}", "application/json"), (b"[", "text/plain"), (b"\xff", "application/json")],
)
def test_who_calls_is_asked_before_anything_else(
    http: httpx.Client, authorization: str | None, content: bytes, content_type: str
) -> None:
    calls = needing_a_token(http)
    assert len(calls) > 15
    for method, path in calls:
        headers = {"Content-Type": content_type, "At-Least-Position": "nonsense", "Idempotency-Key": "k" * 200}
        answer = http.request(
            method,
            f"{path}?limit=1000&cursor=x",
            headers=headers | ({"Authorization": authorization} if authorization else {}),
            content=content if method not in ("GET", "DELETE") else None,
        )
        assert_problem(answer, 401, "token_invalid")
