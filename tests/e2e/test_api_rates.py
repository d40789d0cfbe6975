"""What one account or one address may do in a minute: answers say what is left, then 429 says until when."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
import pytest_asyncio

from tests.callers import caller
from tests.e2e.people import Person, assert_problem, log_in, refresh
from tests.processes import running_server
from tests.sites import running_site

LIMIT, OF_ADDRESS = 3, 5
SETTINGS = {f"PHOTOLOG_{what}_PER_MINUTE": str(LIMIT) for what in ("COMMENTS", "FOLLOWS", "UPLOADS", "VIEWS")}
SETTINGS |= {"PHOTOLOG_ADDRESS_REQUESTS_PER_MINUTE": str(OF_ADDRESS), "PHOTOLOG_PROXIES": "127.0.0.1"}
POST = {"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": 9}
VIEW = {"post_id": "po_00000000000", "surface": "feed", "rank": 0, "dwell_ms": 9}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(
    backend: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    folder = tmp_path_factory.mktemp("rates")
    if backend == "embedded":
        async with running_server(folder / "data", SETTINGS) as server:
            yield server.url
    else:
        environment = request.getfixturevalue("stack").environment
        async with running_site({**environment, **SETTINGS}, folder, copies=2) as site:
            yield site.url


@pytest.fixture(scope="module")
def three(url: str) -> list[Person]:
    """Two who do, and one who is done to; each at an address of their own."""
    return [Person.signed_up(at(url, f"192.0.2.{number}"), name) for number, name in enumerate(("ann", "ben", "cid"))]


def at(url: str, address: str) -> httpx.Client:
    """Somebody at this address, as a proxy says."""
    return caller(url, headers={"X-Forwarded-For": address})


SAID: dict[str, Callable[[Person, Person, str], httpx.Response]] = {
    "comments": lambda who, _cid, post: who.post(f"/posts/{post}/comments", {"text": "x"}),
    "follows": lambda who, cid, _post: who.post(f"/follow/{cid.id}"),
    "uploads": lambda who, _cid, _post: who.post("/posts", POST),
    "views": lambda who, _cid, _post: who.post("/views", [VIEW]),
}


@pytest.fixture(scope="module")
def post(three: list[Person]) -> str:
    return three[2].publish()


@pytest.mark.parametrize("what", SAID)
def test_so_many_at_once_and_then_one_at_a_time_and_of_each_account_by_itself(
    three: list[Person], post: str, what: str
) -> None:
    ann, ben, cid = three
    answers = [SAID[what](ann, cid, post) for _ in range(LIMIT)]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0"]
    assert {answer.headers["X-RateLimit-Limit"] for answer in answers} == {str(LIMIT)}
    refused = SAID[what](ann, cid, post)
    assert_problem(refused, 429, "rate_limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60 / LIMIT
    assert int(refused.headers["X-RateLimit-Reset"]) <= int(answers[-1].headers["X-RateLimit-Reset"])
    assert SAID[what](ben, cid, post).is_success


def test_a_repeated_request_is_answered_as_before_and_takes_nothing(three: list[Person]) -> None:
    cid = three[2]
    answers = [cid.post("/posts", POST, Idempotency_Key="one") for _ in range(LIMIT + 1)]
    assert {answer.json()["post_id"] for answer in answers} == {answers[0].json()["post_id"]}
    assert cid.post("/posts", POST).headers["X-RateLimit-Remaining"] == "0", "one was published before"


def test_an_address_may_ask_so_often_without_a_token_and_an_account_behind_it_as_often_as_it_likes(
    url: str, three: list[Person]
) -> None:
    ann = three[0]
    with at(url, "203.0.113.1") as stranger, at(url, "203.0.113.2") as neighbour:
        answers = [stranger.get(f"/users/{ann.id}") for _ in range(OF_ADDRESS)]
        assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["4", "3", "2", "1", "0"]
        refused = stranger.get(f"/users/{ann.id}")
        assert_problem(refused, 429, "rate_limited")
        assert refused.headers["X-RateLimit-Reset"] == answers[0].headers["X-RateLimit-Reset"]
        assert_problem(stranger.get("/feed"), 429, "rate_limited")
        assert_problem(stranger.post("/accounts", json={}), 429, "rate_limited")
        assert stranger.get("/healthz").status_code == 200
        assert neighbour.get(f"/users/{ann.id}").status_code == 200
        for _ in range(OF_ADDRESS + 1):
            assert stranger.get("/feed", headers=ann.bearer).status_code == 200


def test_bad_tokens_and_failed_log_ins_count_but_sessions_behind_the_same_address_go_on(
    url: str, three: list[Person]
) -> None:
    ben = three[1]
    with at(url, "203.0.113.9") as phone:
        for number in range(OF_ADDRESS):
            if number % 2:
                assert log_in(phone, ben.username, f"wrong {number}").status_code == 400
            else:
                assert phone.get("/feed", headers={"Authorization": "Bearer x.y.z"}).status_code == 401
        assert_problem(phone.get("/feed", headers={"Authorization": "Bearer x.y.z"}), 429, "rate_limited")
        for password in ("wrong again", "correct horse"):
            refused = log_in(phone, ben.username, password)
            assert (refused.status_code, refused.json()["error"]) == (429, "temporarily_unavailable")
        ben.tokens = refresh(phone, ben.tokens["refresh_token"]).json()
        assert phone.get("/feed", headers=ben.bearer).status_code == 200
        assert refresh(phone, "nonsense").status_code == 429
    with at(url, "2001:db8::1") as one, at(url, "2001:db8::2") as other, at(url, "2001:db8:0:1::2") as elsewhere:
        for client in (one, other, one, other, one):
            assert client.get("/feed").status_code == 401
        assert other.get("/feed").status_code == 429
        assert elsewhere.get("/feed").status_code == 401
