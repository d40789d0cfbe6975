"""Celebrities, on a server where two followers make one: nobody who reads a feed can tell when, how or whether."""

import time
from collections.abc import Callable

import httpx
import pytest

from tests.e2e.low_numbers.sites import LowSite
from tests.e2e.people import POLL_S, Person
from tests.pace import patient
from tests.photolog_here import photolog

WITHIN_S = 60.0
ASKED_EVERY_S = 0.5
"""Of an operator's command, which connects to every server."""


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
    site: LowSite, http: httpx.Client
) -> None:
    star, *fans = (Person.signed_up(http, name) for name in ("star", "fan1", "fan2"))
    fans[0].post(f"/follow/{star.id}")
    posts = [star.publish()]
    until(lambda: feed(fans[0], 2) == posts)
    assert site.spans(star.id) == []
    stored = ("shown", ["stored"])  # by who reads once Redis is believed
    until(lambda: feed(fans[0], 2) == posts and site.why(fans[0].id, posts[0]) == stored, ASKED_EVERY_S)
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
