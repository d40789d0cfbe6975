"""Celebrities, on a server where two followers make one: nobody who reads a feed can tell when, how or whether."""

import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.callers import caller
from tests.e2e.people import POLL_S, Person
from tests.pace import patient
from tests.photolog_here import photolog
from tests.processes import running_server
from tests.sites import running_site

SETTINGS = {"PHOTOLOG_CELEBRITY_FOLLOWERS": "2", "PHOTOLOG_AUTHOR_PARTS": "4"}
WITHIN_S = 60.0
ASKED_EVERY_S = 0.5
"""Of an operator's command, which connects to every server."""


@dataclass(frozen=True)
class Site:
    """Where it is served, and what an operator's command needs to find it."""

    url: str
    environment: Mapping[str, str]

    def photolog(self, *arguments: str) -> Any:
        """What an operator is told."""
        done = photolog(self.environment, "feed", *arguments, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def why(self, account: str, post: str) -> tuple[str, list[str]]:
        """Whether a post is in a feed, and by which reasons."""
        (told,) = self.photolog("inspect", account, post)["posts"]
        return told["answer"], [reason["code"] for reason in told["because"]]

    def spans(self, account: str) -> list[tuple[bool, bool]]:
        """Of an account, whether each has ended, and is settled."""
        found = [one for one in self.photolog("celebrity", "list") if one["account_id"] == account]
        return [(span["until"] is not None, span["settled"]) for one in found for span in one["spans"]]


@pytest.fixture
async def site(
    backend: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """A server with the small threshold."""
    folder = tmp_path_factory.mktemp("celebrities")
    if backend == "embedded":
        async with running_server(folder / "data", SETTINGS) as server:
            yield Site(server.url, {"PHOTOLOG_DATA": str(folder / "data")})
    else:
        environment = request.getfixturevalue("stack").environment
        async with running_site({**environment, **SETTINGS}, folder) as running:
            yield Site(running.url, running.members["worker-1"].environment)


@pytest.fixture
def http(site: Site) -> Iterator[httpx.Client]:
    with caller(site.url) as client:
        yield client


def feed(person: Person, limit: int, path: str = "/feed") -> list[str]:
    """The whole feed, or another list of posts, page by page."""
    shown: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = person.get(path, limit=limit, **cursor).json()
        shown += [card["post_id"] for card in page["posts"]]
        if not page["has_more"]:
            return shown
        cursor = {"cursor": page["next_cursor"]}


def until(true: Callable[[], bool], look_s: float = POLL_S) -> None:
    """Of what no position says when it is done."""
    deadline = time.monotonic() + patient(WITHIN_S)
    while not true():
        assert time.monotonic() < deadline
        time.sleep(look_s)


@pytest.mark.timeout(420)
def test_posts_are_in_every_feed_once_before_while_and_after_their_author_is_a_celebrity(
    site: Site, http: httpx.Client
) -> None:
    star, *fans = (Person.signed_up(http, name) for name in ("star", "fan1", "fan2"))
    fans[0].post(f"/follow/{star.id}")
    posts = [star.publish()]
    until(lambda: feed(fans[0], 2) == posts)
    assert site.photolog("celebrity", "list") == []
    assert site.why(fans[0].id, posts[0]) == ("shown", ["stored"])
    assert site.why(star.id, posts[0]) == ("hidden", ["own_post"])
    assert site.why(fans[1].id, posts[0]) == ("hidden", ["not_followed"])

    fans[1].post(f"/follow/{star.id}")
    until(lambda: site.spans(star.id) == [(False, False)], ASKED_EVERY_S)
    posts.insert(0, star.publish())
    posts.insert(0, star.publish())
    for fan in fans:
        fan.after(star)
        assert feed(fan, 1) == feed(fan, 2) == posts, "pulled posts are there as soon as their rows are"
        grid = f"/users/{star.id}/feed"
        assert feed(fan, 1, grid) == feed(fan, 3, grid) == posts, "in whichever part of their author's posts they are"
        assert fan.get(f"/users/{star.id}").json()["post_count"] == 3
    assert site.why("fan1", posts[0]) == ("shown", ["pulled"])
    assert site.why("fan1", posts[2]) == ("shown", ["stored"])
    fans[1].delete(f"/follow/{star.id}")
    assert feed(fans[1], 2) == []
    assert site.why("fan2", posts[0]) == ("hidden", ["unfollowed"])
    fans[1].post(f"/follow/{star.id}")
    assert feed(fans[1], 2) == posts

    assert site.photolog("celebrity", "clear", "STAR", "--why", "a test")["again_at"] == 4
    until(lambda: site.spans(star.id) == [(True, True)], ASKED_EVERY_S)
    posts.insert(0, star.publish())
    for fan in fans:
        until(lambda fan=fan: feed(fan, 50) == posts)  # type: ignore[misc]
        assert feed(fan, 1) == feed(fan, 3) == posts
    assert site.why("fan1", posts[0]) == ("shown", ["stored"])
    star.delete(f"/posts/{(gone := posts.pop(1))}")
    for fan in fans:
        assert feed(fan.after(star), 2) == posts
    assert site.why("fan1", gone) == ("hidden", ["deleted"])
    assert site.why("fan1", "po_00000000000") == ("hidden", ["unknown_post"])
    whole = site.photolog("inspect", "fan1")
    told = [whole[name] for name in ("state", "length", "following", "celebrities", "behind")]
    assert told == ["whole", 2, 1, [star.id], 0]
    assert {one["post_id"]: one["answer"] for one in whole["posts"]} == dict.fromkeys((posts[0], posts[-1]), "shown")
    refused = photolog(site.environment, "feed", "celebrity", "clear", fans[0].id, "--why", "x")
    assert (refused.exit_code, "is no celebrity" in refused.output) == (1, True)
