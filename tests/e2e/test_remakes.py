"""`photolog media render`: the same photo under new names, and nothing else about the post is different."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.people import POLL_S, Person
from tests.pace import patient
from tests.photolog_here import photolog

WITHIN_S = 30.0
Render = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def environment(backend: str, shared_url: str, request: pytest.FixtureRequest) -> Mapping[str, str]:
    """What an operator's command needs to find the shared site."""
    site = request.getfixturevalue(f"shared_{backend}")
    if backend == "embedded":
        return {"PHOTOLOG_DATA": str(site.data), "PHOTOLOG_PORT": site.environment["PHOTOLOG_PORT"]}
    environment: Mapping[str, str] = site.members["worker-1"].environment
    return environment


@pytest.fixture(scope="module")
def render(environment: Mapping[str, str]) -> Render:
    """What the operator is told, line by line."""

    def run(*arguments: str, status: int = 0) -> list[dict[str, Any]]:
        done = photolog(environment, "media", "render", *arguments, "--json")
        assert done.exit_code == status, done.output
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


def card(person: Person, post: str) -> dict[str, Any]:
    found: dict[str, Any] = person.get(f"/posts/{post}").json()
    return found


def changed(person: Person, post: str, before: dict[str, Any]) -> dict[str, Any]:
    """The card once it shows other files."""
    deadline = time.monotonic() + patient(WITHIN_S)
    while (now := card(person, post))["sources"] == before["sources"]:
        assert time.monotonic() < deadline
        time.sleep(POLL_S)
    return now


def gone(person: Person, urls: list[str]) -> None:
    """Waits until all of them are."""
    deadline = time.monotonic() + patient(WITHIN_S)
    while {person.http.get(url).status_code for url in urls} != {410}:
        assert time.monotonic() < deadline
        time.sleep(POLL_S)


def test_a_photo_made_again_is_under_new_names_in_one_format_more_and_its_card_says_nothing_else_new(
    ann: Person, render: Render
) -> None:
    post = ann.publish(caption="Low tide")
    ann.ask("PATCH", f"/posts/{post}", json={"caption": "High tide #sea"})
    before = card(ann, post)
    line, total = render(post, "--format", "avif")
    assert (line["post_id"], line["outcome"]) == (post, "remade")
    assert total == {"posts": 1, "outcomes": {"remade": 1}, "failed": 0}
    after = changed(ann, post, before)
    files = ("sources", "image_urls")
    assert {name: after[name] for name in after if name not in files} == {
        name: before[name] for name in before if name not in files
    }
    assert before["edited_at"]
    kinds = sorted(source["content_type"] for source in after["sources"])
    assert kinds == sorted(3 * ["image/jpeg", "image/webp", "image/avif"])
    old, new = ({source["url"] for source in one["sources"]} for one in (before, after))
    assert old.isdisjoint(new)
    assert {ann.http.get(url).status_code for url in new} == {200}
    suiting = f"{after['image_urls']['feed'].rpartition('.')[0]}.auto"
    assert ann.http.get(suiting, headers={"Accept": "image/avif"}).headers["Content-Type"] == "image/avif"
    gone(ann, [*old])
    ann.delete(f"/posts/{post}")
    gone(ann, [*new])


def test_all_posts_since_a_time_are_made_again_and_those_that_nobody_sees_are_left(ann: Person, render: Render) -> None:
    since = datetime.now(UTC) - timedelta(seconds=1)
    first, deleted, last = ann.publish(), ann.publish(), ann.publish()
    ann.delete(f"/posts/{deleted}")
    before = {post: card(ann, post) for post in (first, last)}
    *lines, total = render("--since", since.strftime("%Y-%m-%dT%H:%M:%S"))
    outcomes = {line["post_id"]: line["outcome"] for line in lines}
    assert (outcomes[first], outcomes[last], total["failed"]) == ("remade", "remade", 0)
    assert outcomes.get(deleted, "not_published") == "not_published"
    assert [line["done"] for line in lines] == [*range(1, total["posts"] + 1)]
    for post, card_before in before.items():
        assert len(changed(ann, post, card_before)["sources"]) == len(card_before["sources"])
    assert render(deleted) == [
        {"post_id": deleted, "outcome": "not_published", "done": 1, "of": 1},
        {"posts": 1, "outcomes": {"not_published": 1}, "failed": 0},
    ]
