"""The feed's plain endpoint and the application's route: whoever asks in whatever way sees the same page, or the same
error."""

import time

import httpx
import pytest

from tests.chaos.pictures import picture
from tests.e2e.conftest import MakePerson
from tests.e2e.people import Person
from tests.pace import patient

WITHIN_S = 60.0
ODD = {"Origin": "https://photos.example"}
"""What the plain endpoint leaves to the application."""


@pytest.fixture(scope="module")
def reader(people: MakePerson) -> Person:
    """Follows somebody with three posts, and has seen them."""
    author, follower = people("author"), people("reader")
    follower.post(f"/follow/{author.id}")
    posts = {author.publish(picture(number)) for number in range(3)}
    deadline = time.monotonic() + patient(WITHIN_S)
    while {card["post_id"] for card in follower.get("/feed").json()["posts"]} != posts:
        assert time.monotonic() < deadline, "the posts never came"
    return follower


def ask(reader: Person, query: str = "", **headers: str) -> httpx.Response:
    return reader.http.get(f"/feed{query}", headers={"Accept-Encoding": "identity", **reader.bearer, **headers})


def test_both_ways_show_the_same_page(reader: Person) -> None:
    plain, odd = ask(reader, "?limit=2"), ask(reader, "?limit=2", **ODD)
    assert plain.status_code == odd.status_code == 200
    assert plain.json() == odd.json()
    for name in ("Content-Type", "Cache-Control", "Vary"):
        assert plain.headers[name].split(",")[0] == odd.headers[name].split(",")[0]


def test_both_ways_lead_to_the_same_next_page(reader: Person) -> None:
    pages = [ask(reader, "?limit=1", **headers) for headers in ({}, ODD)]
    following = [ask(reader, page.headers["Link"].partition("<")[2].partition(">")[0][5:]).json() for page in pages]
    assert following[0] == following[1]
    assert following[0]["posts"]


def test_a_compressed_page_is_the_same_page(reader: Person) -> None:
    answer = reader.http.get("/feed", headers={**reader.bearer, "Accept-Encoding": "gzip"})
    assert answer.json() == ask(reader).json()


@pytest.mark.parametrize("query", ["?limit=0", "?limit=101", "?limit=x", "?cursor=made-up"])
def test_both_ways_refuse_alike(reader: Person, query: str) -> None:
    plain, odd = ask(reader, query), ask(reader, query, **ODD)
    assert plain.status_code == odd.status_code
    assert plain.json() == odd.json()
    assert plain.status_code in {400, 422}


@pytest.mark.parametrize("token", ["Bearer made.up.token", "Basic abc"])
def test_both_ways_ask_for_a_token_alike(reader: Person, token: str) -> None:
    plain, odd = ask(reader, Authorization=token), ask(reader, Authorization=token, **ODD)
    assert plain.status_code == odd.status_code == 401
    assert plain.json() == odd.json()
    assert plain.headers["WWW-Authenticate"] == odd.headers["WWW-Authenticate"]


def test_a_malformed_position_is_refused(reader: Person) -> None:
    answer = ask(reader, **{"At-Least-Position": "made up"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_position")


def test_head_answers_as_get_does(reader: Person) -> None:
    assert reader.http.head("/feed", headers=reader.bearer).status_code in {200, 405}
