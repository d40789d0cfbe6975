"""Notifications: a list that agrees with the reference model after every step, and what its call promises besides."""

import random
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import MakePerson
from tests.e2e.notified import Notified, Told
from tests.e2e.people import Person, assert_problem, fields
from tests.forms import LONG

STEPS = 60


def listed(person: Person, **query: Any) -> dict[str, Any]:
    answer = person.get("/notifications", **query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


class Story:
    """Few people who do things to each other at random, one after the other, and what the model says of it."""

    def __init__(self, people: MakePerson, seed: int) -> None:
        self.drawn = random.Random(seed)
        self.people = [people(name) for name in ("Ann", "ben", "cid", "dan", "eve")]
        posts = {person.publish(): person.id for person in (*self.people[:3], self.people[0])}
        self.model = Notified(posts)
        for one, other in zip(self.people, self.people[1:], strict=False):
            other.after(one)

    def step(self) -> None:
        often = [*["like", "comment", "bell"] * 3, *["follow", "publish"] * 2]
        what = self.drawn.choice([*often, "unlike", "unfollow", "unbell", "read"])
        rare = self.drawn.random()
        what = "block" if rare < 0.05 else "unblock" if rare < 0.15 else "delete_comment" if rare < 0.2 else what
        what = "delete_post" if rare > 0.99 and len(self.model.posts) > 2 else what
        who, whom = self.drawn.sample(self.people, 2)
        getattr(self, what)(who, whom, self.drawn.choice(sorted(self.model.posts)))
        for person in self.people:
            person.position = who.position
            self.check(person)

    def check(self, viewer: Person) -> None:
        """The list and its unread count, as the model has them."""
        seen, expected = listed(viewer, limit=100), self.model.told(viewer.id)
        assert [self.said(item) for item in seen["notifications"]] == [one[:5] for one in expected]
        assert seen["unread_count"] == sum(not one.read for one in expected)

    def said(self, item: dict[str, Any]) -> tuple[Any, ...]:
        actors = tuple(user["user_id"] for user in item["actors"])
        return item["kind"], item.get("post_id", ""), actors, item["count"], item["read"]

    def like(self, who: Person, _whom: Person, post: str) -> None:
        hidden = self.model.apart(who.id, self.model.posts[post])
        assert who.post(f"/likes/{post}").status_code == (404 if hidden else 200)
        if not hidden:
            self.model.like(who.id, post)

    def unlike(self, who: Person, _whom: Person, post: str) -> None:
        assert who.delete(f"/likes/{post}").status_code == 200
        self.model.likes.discard((who.id, post))

    def comment(self, who: Person, whom: Person, post: str) -> None:
        mentioned = [whom] if self.drawn.random() < 0.5 else []
        text = " ".join(["Look", *(f"@{one.username}" for one in mentioned), "there"])
        answer = who.post(f"/posts/{post}/comments", {"text": text})
        if self.model.apart(who.id, self.model.posts[post]):
            assert answer.status_code == 404
        else:
            self.model.comment(who.id, post, answer.json()["comment_id"], [one.id for one in mentioned])

    def delete_comment(self, who: Person, _whom: Person, _post: str) -> None:
        own = [comment for comment, (author, _) in self.model.comments.items() if author == who.id]
        if own:
            assert who.delete(f"/comments/{own[0]}").status_code == 204
            del self.model.comments[own[0]]

    def delete_post(self, who: Person, _whom: Person, post: str) -> None:
        if self.model.posts[post] == who.id:
            assert who.delete(f"/posts/{post}").status_code == 204
            del self.model.posts[post]

    def follow(self, who: Person, whom: Person, _post: str) -> None:
        hidden = self.model.apart(who.id, whom.id)
        assert who.post(f"/follow/{whom.id}").status_code == (404 if hidden else 200)
        if not hidden:
            self.model.follow(who.id, whom.id)

    def unfollow(self, who: Person, whom: Person, _post: str) -> None:
        assert who.delete(f"/follow/{whom.id}").status_code == 200
        self.model.unfollow(who.id, whom.id)

    def bell(self, who: Person, whom: Person, post: str) -> None:
        """Only on whom one follows: who is refused does that first."""
        if (who.id, whom.id) not in self.model.follows:
            hidden = self.model.apart(who.id, whom.id)
            refusal = (404, "not_found") if hidden else (409, "not_following")
            assert_problem(who.post(f"/bells/{whom.id}"), *refusal)
            self.follow(who, whom, post)
        if (who.id, whom.id) in self.model.follows:
            assert who.post(f"/bells/{whom.id}").json() == {"user_id": whom.id, "bell": True}
            self.model.bell(who.id, whom.id)

    def unbell(self, who: Person, whom: Person, _post: str) -> None:
        assert who.delete(f"/bells/{whom.id}").json() == {"user_id": whom.id, "bell": False}
        self.model.bells.pop((who.id, whom.id), None)

    def publish(self, who: Person, _whom: Person, _post: str) -> None:
        """Somebody on whom there is a bell, if anybody."""
        heard = {author for _, author in self.model.bells}
        author = self.drawn.choice([one for one in self.people if one.id in heard] or [who])
        self.model.publish(author.id, author.publish(), [person.id for person in self.people])
        who.position = author.position

    def block(self, who: Person, whom: Person, _post: str) -> None:
        assert who.post(f"/blocks/{whom.id}").status_code == 200
        self.model.block(who.id, whom.id)

    def unblock(self, who: Person, whom: Person, _post: str) -> None:
        assert who.delete(f"/blocks/{whom.id}").status_code == 200
        self.model.blocks.discard((who.id, whom.id))

    def read(self, who: Person, _whom: Person, _post: str) -> None:
        seen, expected = listed(who, limit=100)["notifications"], self.model.told(who.id)
        if seen:
            at = self.drawn.randrange(len(seen))
            assert who.post("/notifications/read", {"up_to": seen[at]["notification_id"]}).status_code == 204
            newest: Told = expected[at]
            self.model.read[who.id] = max(self.model.read.get(who.id, 0), newest.number)


@pytest.mark.chaos
@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5] if LONG else [1])
def test_whatever_people_do_to_each_other_the_list_is_what_the_model_says(people: MakePerson, seed: int) -> None:
    story = Story(people, seed)
    told: set[str] = set()
    for _ in range(STEPS):
        story.step()
        told |= {one.kind for person in story.people for one in story.model.told(person.id)}
    assert told == {"like", "comment", "mention", "follow", "post"}, "whatever there is was seen"


@pytest.fixture(scope="module")
def star(people: MakePerson) -> Person:
    """Who hears of five different things."""
    star, fans = people("star"), [people("fan") for _ in range(5)]
    posts = [star.publish() for _ in range(4)]
    for fan, post in zip(fans, posts, strict=False):
        fan.after(star).post(f"/likes/{post}")
        star.after(fan)
    for fan in fans:
        fan.post(f"/follow/{star.id}")
        star.after(fan)
    return star


def test_the_first_three_actors_are_shown_and_all_are_counted(star: Person) -> None:
    follows = listed(star)["notifications"][0]
    assert (follows["kind"], len(follows["actors"]), follows["count"]) == ("follow", 3, 5)
    assert "post_id" not in follows
    assert all(user["follows_viewer"] is True for user in follows["actors"])
    assert listed(star)["unread_count"] == 5


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_cursors_lead_through_all_of_it_once(star: Person, limit: int) -> None:
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = star.get("/notifications", limit=limit, **cursor)
        page = answer.json()
        found += [item["notification_id"] for item in page["notifications"]]
        assert page["has_more"] == (page["next_cursor"] is not None) == ("Link" in answer.headers)
        if not page["has_more"]:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == len(found) == 5
    assert_problem(star.get("/feed", limit=1, **cursor) if cursor else star.get("/feed", cursor="x"), 400, "bad_cursor")


def test_a_mention_in_a_comment_is_resolved_when_it_is_written(people: MakePerson) -> None:
    ann, ben = people("Ann"), people("ben")
    post = ann.publish()
    late = f"late{ann.username}"
    ann.post(f"/posts/{post}/comments", {"text": f"@{ben.username.upper()} and @{late}, look"})
    (item,) = listed(ben.after(ann))["notifications"]
    assert (item["kind"], item["post_id"], item["count"]) == ("mention", post, 1)
    assert [user["user_id"] for user in item["actors"]] == [ann.id]
    newcomer = Person.signed_up(ann.http, late)
    assert listed(newcomer.after(ann))["notifications"] == []


def test_a_mention_in_a_caption_is_told_at_publication_and_by_an_edit_to_the_new_ones(people: MakePerson) -> None:
    ann, ben, cid = people("Ann"), people("ben"), people("cid")
    post = ann.publish(caption=f"With @{ben.username}")
    (item,) = listed(ben.after(ann))["notifications"]
    assert (item["kind"], item["post_id"], [user["user_id"] for user in item["actors"]]) == ("mention", post, [ann.id])
    ben.post("/notifications/read", {"up_to": item["notification_id"]})
    assert ann.ask("PATCH", f"/posts/{post}", json={"caption": f"@{cid.username} and @{ben.username}"}).is_success
    assert listed(ben.after(ann))["unread_count"] == 0
    assert listed(cid.after(ann))["unread_count"] == 1
    ann.delete(f"/posts/{post}")
    assert listed(cid.after(ann))["notifications"] == []


def test_what_is_read_is_said_and_must_look_like_a_notification(ann: Person, http: httpx.Client) -> None:
    for wrong in ({}, {"up_to": ""}, {"up_to": "ev_00000000000"}, {"up_to": 1}):
        assert fields(assert_problem(ann.post("/notifications/read", wrong), 422, "validation_failed")) == ["up_to"]
    answer = ann.post("/notifications/read", {"up_to": "no_00000000000"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Log-Position"]
    for method, path in (("GET", "/notifications"), ("POST", "/notifications/read")):
        assert_problem(http.request(method, path), 401, "token_invalid")
