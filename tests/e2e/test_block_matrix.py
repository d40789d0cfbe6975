"""Every call of the OpenAPI document that shows an account, a post or a comment, from either side of a block.

Nothing of the other is seen: what is theirs answers 404, and what is others' leaves them out.
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from infra.event_schemas.files import FILES
from tests.e2e.conftest import MakePerson
from tests.e2e.people import Person, assert_problem

DOCUMENT: dict[str, Any] = json.loads(FILES.openapi.read_text())
SHOWN = {"User", "Profile", "Me", "Card", "Comment"}
"""What the shapes that show somebody are made of."""

THEIRS = {
    "GET /users/{user_id}": ["/users/{id}", "/users/@{name}"],
    "GET /users/{user_id}/followers": ["/users/{id}/followers"],
    "GET /users/{user_id}/following": ["/users/{id}/following"],
    "GET /users/{user_id}/feed": ["/users/{id}/feed"],
    "GET /posts/{post_id}": ["/posts/{post}", "/photos/{post}"],
    "GET /posts/{post_id}/likes": ["/posts/{post}/likes"],
    "GET /posts/{post_id}/comments": ["/posts/{post}/comments"],
    "POST /posts/{post_id}/comments": ["/posts/{post}/comments"],
    "POST /follow/{user_id}": ["/follow/{id}"],
    "POST /follows": ["/follows"],
    "POST /bells/{user_id}": ["/bells/{id}"],
    "POST /likes/{post_id}": ["/likes/{post}"],
}
"""Calls that are about something of the other's, and how they are put: 404."""
OTHERS = {
    "GET /me": ["/me"],
    "GET /feed": ["/feed"],
    "GET /blocks": ["/blocks"],
    "GET /bells": ["/bells"],
    "GET /notifications": ["/notifications"],
    "GET /users/{user_id}": ["/users/{id}"],
    "GET /users/{user_id}/followers": ["/users/{id}/followers"],
    "GET /users/{user_id}/following": ["/users/{id}/following"],
    "GET /users/{user_id}/feed": ["/users/{id}/feed"],
    "GET /posts/{post_id}": ["/posts/{post}"],
    "GET /posts/{post_id}/likes": ["/posts/{post}/likes"],
    "GET /posts/{post_id}/comments": ["/posts/{post}/comments"],
    "POST /posts/{post_id}/comments": ["/posts/{post}/comments"],
    "GET /hashtag/{tag}": ["/hashtag/apart"],
    "GET /search": ["/search?q=apart", "/search?type=users&q=Parted"],
}
"""Calls that are about something of a third person's, which both have had to do with."""
LISTING_BOTH = {"GET /users/{user_id}/followers", "GET /users/{user_id}/following", "GET /posts/{post_id}/likes"}
LISTING_BOTH |= {"GET /posts/{post_id}/comments", "GET /notifications"}
LISTING_BOTH |= {"GET /hashtag/{tag}", "GET /search", "GET /bells", "GET /feed"}
"""Calls of OTHERS that showed the other one before the block."""
BLOCKERS = {"GET /users/{user_id}", "GET /blocks"}
"""Where whoever has blocked sees whom, to take it back."""


def _names(node: Any) -> Iterator[str]:
    """The shapes that something is made of, all the way down."""
    if isinstance(node, dict):
        if "$ref" in node:
            name = node["$ref"].rpartition("/")[2]
            yield name
            yield from _names(DOCUMENT["components"]["schemas"].get(name, {}).get("properties", {}))
        for key, inner in node.items():
            if key != "examples":
                yield from _names(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _names(inner)


def showing() -> set[str]:
    """The calls whose good answer shows an account, a post or a comment."""
    return {
        f"{method.upper()} {path}"
        for path, by_method in DOCUMENT["paths"].items()
        for method, call in by_method.items()
        for status, answer in call["responses"].items()
        if status.startswith("2") and SHOWN & set(_names(answer.get("content", {})))
    }


def test_no_call_that_shows_somebody_is_forgotten() -> None:
    assert showing() <= set(THEIRS) | set(OTHERS)
    assert {"GET /me", "GET /feed", "POST /posts/{post_id}/comments"} <= showing(), "whatever the shape"


class Apart:
    """Ann has blocked Ben. Both have a post that the other likes, and have followed, liked and commented on
    the same third person's."""

    def __init__(self, people: MakePerson) -> None:
        self.ann, self.ben, self.third = people("Ann"), people("ben"), people("third")
        two = (self.ann, self.ben)
        self.posts = {person.id: person.publish(caption="#apart") for person in (*two, self.third)}
        for person in two:
            person.ask("PATCH", "/me", json={"display_name": "Parted"})
            person.after(self.third).post(f"/follow/{self.third.id}")
            person.post(f"/likes/{self.posts[self.third.id]}")
            person.post(f"/posts/{self.posts[self.third.id]}/comments", {"text": f"by {person.id}"})
            self.third.after(person).post(f"/follow/{person.id}")
        for person, other in (two, two[::-1]):
            person.post(f"/likes/{self.posts[other.id]}")
            person.post(f"/follow/{other.id}")
            person.post(f"/bells/{other.id}")
            other.after(person)
        self.ann.after(self.third)
        self.ben.after(self.third)
        self.before = {
            (viewer.id, name, put): self.of(self.third, name, viewer, put)
            for viewer in two
            for name, puts in OTHERS.items()
            for put in puts
        }
        self.ann.post(f"/blocks/{self.ben.id}")
        self.ben.after(self.ann)

    def of(self, person: Person, name: str, viewer: Person, put: str) -> httpx.Response:
        """The answer to this call about something of this person's."""
        said = {"id": person.id, "name": person.username, "post": self.posts[person.id]}
        body = {"POST /follows": {"user_id": person.id}, "POST /posts/{post_id}/comments": {"text": "again"}}.get(name)
        return viewer.ask(name.split()[0], put.format(**said), **({"json": body} if body else {}))

    def sides(self, blocker: bool) -> tuple[Person, Person]:
        """Who looks, and who must not be seen."""
        return (self.ann, self.ben) if blocker else (self.ben, self.ann)


@pytest.fixture(scope="module")
def world(people: MakePerson) -> Apart:
    return Apart(people)


@pytest.fixture(params=[True, False], ids=["by the blocker", "by the blocked"])
def blocker(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.mark.parametrize("name", THEIRS)
def test_what_is_the_others_is_not_there(world: Apart, blocker: bool, name: str) -> None:
    viewer, hidden = world.sides(blocker)
    for put in THEIRS[name]:
        answer = world.of(hidden, name, viewer, put)
        if blocker and name in BLOCKERS:
            shown = answer.json()
            assert (shown["user_id"], shown["blocked_by_viewer"], shown["bio"]) == (hidden.id, True, None)
        else:
            assert_problem(answer, 404, "not_found")


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_a_third_persons_leaves_the_other_out(world: Apart, blocker: bool, name: str) -> None:
    viewer, hidden = world.sides(blocker)
    for put in OTHERS[name]:
        answer = world.of(world.third, name, viewer, put)
        assert answer.is_success
        seen = hidden.id in answer.text or world.posts[hidden.id] in answer.text
        assert seen == (blocker and name == "GET /blocks")
        before = hidden.id in world.before[viewer.id, name, put].text
        assert before == (name in LISTING_BOTH), "as it was before the block"


def test_a_bystander_sees_both(world: Apart) -> None:
    third = world.third.after(world.ann).after(world.ben)
    likers = third.get(f"/posts/{world.posts[third.id]}/likes").text
    assert world.ann.id in likers
    assert world.ben.id in likers
