"""Endpoints before the application: what one leaves, the application hears as if nobody had heard it before."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from infra.http.ordinary import Ordinary, OrdinaryFirst
from schemas.errors import RateLimited, TokenExpired, Unauthorized

PARTS = (b"one ", b"two ", b"three")


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Says back what it hears."""
    body = await Request(scope, receive).body()
    await Response(b"heard " + body)(scope, receive, send)


async def said(
    path: str, endpoint: Ordinary, parts: Sequence[bytes] = PARTS, begin: Callable[[], Awaitable[None]] | None = None
) -> httpx.Response:
    app = OrdinaryFirst(application, {"/hot": endpoint}, begin)

    async def body() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as http:
        return await http.post(path, content=body())


def after(parts: int, error: Exception | None = None, *, answers: bool = False) -> Ordinary:
    """An endpoint that hears so many parts, and then fails, answers, or leaves."""

    async def endpoint(scope: Scope, receive: Receive, send: Send) -> bool:
        for _ in range(parts):
            await receive()
        if error is not None:
            raise error
        if answers:
            await Response(b"answered")(scope, receive, send)
        return answers

    return endpoint


@pytest.mark.parametrize("parts", range(len(PARTS) + 1))
@pytest.mark.parametrize("error", [None, TokenExpired()])
async def test_the_application_hears_all_of_what_is_left_to_it(parts: int, error: Unauthorized | None) -> None:
    answer = await said("/hot", after(parts, error))
    assert (answer.status_code, answer.content) == (200, b"heard one two three")


async def test_what_is_answered_is_not_heard_by_the_application() -> None:
    assert (await said("/hot", after(1, answers=True))).content == b"answered"


async def test_a_refusal_is_rendered_as_any_other() -> None:
    answer = await said("/hot", after(1, RateLimited("too many", limit=3, reset_at=2_000, now=1_000)))
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert (answer.headers["Content-Type"], answer.headers["Retry-After"]) == ("application/problem+json", "1")


async def test_an_error_that_nobody_expected_is_a_problem_too(caplog: pytest.LogCaptureFixture) -> None:
    answer = await said("/hot", after(1, KeyError("a secret")))
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text
    assert "KeyError" in caplog.text


async def test_other_paths_are_the_applications() -> None:
    assert (await said("/hot/", after(0, answers=True))).content == b"heard one two three"


@pytest.mark.parametrize("path", ["/hot", "/cold"])
async def test_every_request_begins_once_and_where_that_fails_it_is_a_problem(path: str) -> None:
    begun: list[str] = []

    async def begin() -> None:
        begun.append(path)
        if len(begun) > 1:
            raise KeyError("what was read makes no sense")

    assert (await said(path, after(0, TokenExpired()), begin=begin)).content == b"heard one two three"
    assert begun == [path]
    answer = await said(path, after(0, answers=True), begin=begin)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")


async def test_what_is_no_request_begins_nothing() -> None:
    seen: list[str] = []

    async def started(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def begin() -> None:
        raise AssertionError("it begins")

    await OrdinaryFirst(started, {}, begin)({"type": "lifespan"}, _nothing, _nowhere)
    assert seen == ["lifespan"]


async def _nothing() -> Message:
    raise AssertionError("nothing comes")


async def _nowhere(message: Message) -> None:
    raise AssertionError(f"it says {message}")
