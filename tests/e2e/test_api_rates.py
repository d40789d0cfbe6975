"""Comments, follows and uploads of one account in a minute: answers say what is left, then 429 says until when."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
import pytest_asyncio

from tests.e2e.people import Person, assert_problem
from tests.processes import running_server

LIMIT = 3
SETTINGS = {f"PHOTOLOG_{what}_PER_MINUTE": str(LIMIT) for what in ("COMMENTS", "FOLLOWS", "UPLOADS")}
POST = {"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": 9}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    async with running_server(tmp_path_factory.mktemp("rates") / "data", SETTINGS) as server:
        yield server.url


@pytest.fixture(scope="module")
def three(url: str) -> list[Person]:
    """Two who do, and one who is done to."""
    client = httpx.Client(base_url=url, trust_env=False, timeout=30)
    return [Person.signed_up(client, name) for name in ("ann", "ben", "cid")]


SAID: dict[str, Callable[[Person, Person, str], httpx.Response]] = {
    "comments": lambda who, _cid, post: who.post(f"/posts/{post}/comments", {"text": "x"}),
    "follows": lambda who, cid, _post: who.post(f"/follow/{cid.id}"),
    "uploads": lambda who, _cid, _post: who.post("/posts", POST),
}


@pytest.fixture(scope="module")
def post(three: list[Person]) -> str:
    return three[2].publish()


@pytest.mark.parametrize("what", SAID)
def test_so_many_in_a_minute_and_of_each_account_by_itself(three: list[Person], post: str, what: str) -> None:
    ann, ben, cid = three
    answers = [SAID[what](ann, cid, post) for _ in range(LIMIT)]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0"]
    assert {answer.headers["X-RateLimit-Limit"] for answer in answers} == {str(LIMIT)}
    refused = SAID[what](ann, cid, post)
    assert_problem(refused, 429, "rate_limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["X-RateLimit-Reset"] == answers[0].headers["X-RateLimit-Reset"]
    assert SAID[what](ben, cid, post).is_success


def test_a_repeated_request_is_answered_as_before_and_takes_nothing(three: list[Person]) -> None:
    cid = three[2]
    answers = [cid.post("/posts", POST, Idempotency_Key="one") for _ in range(LIMIT + 1)]
    assert {answer.json()["post_id"] for answer in answers} == {answers[0].json()["post_id"]}
    assert cid.post("/posts", POST).headers["X-RateLimit-Remaining"] == "0", "one was published before"
