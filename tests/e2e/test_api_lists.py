"""Every list: limits, cursors that lead through all of it and belong to one list and viewer, and the Link header."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import MakePerson
from tests.e2e.people import assert_problem, fields

SIZE = 5


class Stage:
    """A star and fans: every list of theirs has SIZE items."""

    def __init__(self, people: MakePerson) -> None:
        self.star, fans = people("star"), [people("fan") for _ in range(SIZE)]
        self.fan = fans[0]
        self.posts = [self.star.publish() for _ in range(SIZE)]
        for fan in fans:
            fan.after(self.star)
            fan.post(f"/follow/{self.star.id}")
            fan.post(f"/likes/{self.posts[0]}")
            fan.post(f"/posts/{self.posts[0]}/comments", {"text": "x"})
            self.fan.after(fan)
        for other in fans[1:]:
            self.fan.post(f"/follow/{other.id}")


LISTS: dict[str, Callable[[Stage], str]] = {
    "comments": lambda stage: f"/posts/{stage.posts[0]}/comments",
    "likes": lambda stage: f"/posts/{stage.posts[0]}/likes",
    "followers": lambda stage: f"/users/{stage.star.id}/followers",
    "following": lambda stage: f"/users/{stage.fan.id}/following",
    "feed": lambda stage: "/feed",
    "grid": lambda stage: f"/users/{stage.star.id}/feed",
}


@pytest.fixture(scope="module")
def stage(people: MakePerson) -> Stage:
    return Stage(people)


@pytest.fixture(params=LISTS)
def path(request: pytest.FixtureRequest, stage: Stage) -> str:
    """Where a list is."""
    return LISTS[request.param](stage)


def items(page: dict[str, Any]) -> list[str]:
    """The ids on a page."""
    (listed,) = (page[name] for name in ("comments", "users", "posts") if name in page)
    assert set(page) - {"comments", "users", "posts"} == {"next_cursor", "has_more"}
    return [item.get("comment_id") or item.get("post_id") or item["user_id"] for item in listed]


@pytest.mark.parametrize("limit", [1, 2, SIZE, 100])
def test_following_the_cursors_leads_through_everything_once(stage: Stage, path: str, limit: int) -> None:
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = stage.fan.get(path, limit=limit, **cursor)
        page = answer.json()
        found += items(page)
        assert page["has_more"] == (page["next_cursor"] is not None) == ("Link" in answer.headers)
        if not page["has_more"]:
            break
        assert len(items(page)) == limit, "never a short page while more exist"
        cursor = {"cursor": page["next_cursor"]}
    assert found == items(stage.fan.get(path, limit=100).json())
    assert len(set(found)) == len(found) == SIZE


def test_the_link_header_leads_to_the_next_page(stage: Stage, path: str) -> None:
    first = stage.fan.get(path, limit=2)
    assert set(first.links) == {"next"}
    linked = stage.fan.ask("GET", first.links["next"]["url"])
    assert linked.json() == stage.fan.get(path, limit=2, cursor=first.json()["next_cursor"]).json()


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "", "1.5"])
def test_a_limit_is_1_to_100(stage: Stage, path: str, limit: str) -> None:
    assert fields(assert_problem(stage.fan.get(path, limit=limit), 422, "validation_failed")) == ["limit"]


@pytest.mark.parametrize("cursor", ["", "x", "ü", "A" * 40, "A" * 2_000, "W10", "../../etc"])
def test_a_cursor_that_is_not_ours_is_refused(stage: Stage, path: str, cursor: str) -> None:
    assert_problem(stage.fan.get(path, cursor=cursor), 400, "bad_cursor")


def test_a_cursor_is_bound_to_its_list(stage: Stage, path: str) -> None:
    cursor = stage.fan.get(path, limit=1).json()["next_cursor"]
    for other in (LISTS[name](stage) for name in LISTS):
        if other != path:
            assert_problem(stage.fan.get(other, cursor=cursor), 400, "bad_cursor")


def test_a_cursor_is_bound_to_its_viewer(stage: Stage, path: str, http: httpx.Client) -> None:
    cursor = stage.fan.get(path, limit=1).json()["next_cursor"]
    assert_problem(stage.star.get(path, cursor=cursor), 400, "bad_cursor")
    if path != "/feed":
        assert_problem(http.get(path, params={"cursor": cursor}), 400, "bad_cursor")


def test_a_page_has_20_items_unless_asked(stage: Stage) -> None:
    post = stage.posts[1]
    for number in range(21):
        stage.fan.post(f"/posts/{post}/comments", {"text": f"comment {number}"})
    assert len(stage.fan.get(f"/posts/{post}/comments").json()["comments"]) == 20


def test_lists_may_not_be_kept_by_shared_caches(stage: Stage, path: str) -> None:
    answer = stage.fan.get(path)
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Vary"].split(", ")[0] == "Authorization"


def test_an_empty_list_says_so(people: MakePerson) -> None:
    newcomer = people("new")
    for path, name in (
        ("/feed", "posts"),
        (f"/users/{newcomer.id}/feed", "posts"),
        (f"/users/{newcomer.id}/followers", "users"),
        (f"/users/{newcomer.id}/following", "users"),
    ):
        assert newcomer.get(path).json() == {name: [], "next_cursor": None, "has_more": False}
