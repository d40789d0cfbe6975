"""Bells: being told of the new posts of chosen accounts, as long as one follows them."""

from typing import Any

import httpx
import pytest

from tests.e2e.conftest import MakePerson
from tests.e2e.people import Person, assert_problem


def bells(person: Person) -> list[str]:
    """Of whose new posts somebody is told."""
    return [user["user_id"] for user in person.get("/bells").json()["users"]]


def told(person: Person) -> list[tuple[str, bool]]:
    """Of which new posts somebody is told, and whether that was read."""
    page = person.get("/notifications", limit=100).json()
    posts = [one for one in page["notifications"] if one["kind"] == "post"]
    assert all(one["count"] == len(one["actors"]) == 1 for one in posts)
    assert page["unread_count"] == sum(not one["read"] for one in page["notifications"])
    return [(one["post_id"], one["read"]) for one in posts]


@pytest.fixture
def fan(people: MakePerson, ann: Person) -> Person:
    """Who follows ann and has a bell on her."""
    fan = people("fan").after(ann)
    fan.post(f"/follow/{ann.id}")
    answer = fan.post(f"/bells/{ann.id}")
    assert (answer.status_code, answer.json()) == (200, {"user_id": ann.id, "bell": True})
    assert answer.headers["Log-Position"]
    ann.after(fan)
    return fan


def test_who_has_a_bell_is_told_of_every_post_from_then_on(ann: Person, ben: Person, fan: Person) -> None:
    ben.after(ann).post(f"/follow/{ann.id}")
    first, second = ann.publish(), ann.publish()
    assert told(fan.after(ann)) == [(second, False), (first, False)]
    (newest, _) = fan.get("/notifications").json()["notifications"]
    assert [user["user_id"] for user in newest["actors"]] == [ann.id]
    assert told(ben.after(ann)) == told(ann) == [], "whoever only follows, or posts"
    fan.post("/notifications/read", {"up_to": newest["notification_id"]})
    third = ann.publish()
    assert told(fan.after(ann)) == [(third, False), (second, True), (first, True)]
    assert fan.post(f"/bells/{ann.id}").json() == {"user_id": ann.id, "bell": True}
    assert told(fan) == [(third, False), (second, True), (first, True)], "said again, it changes nothing"


def test_a_deleted_post_takes_its_notification_back(ann: Person, fan: Person) -> None:
    gone, stays = ann.publish(), ann.publish()
    ann.delete(f"/posts/{gone}")
    assert told(fan.after(ann)) == [(stays, False)]


def test_a_bell_ends_with_the_follow_and_a_new_follow_has_none(ann: Person, fan: Person) -> None:
    before = ann.publish()
    assert told(fan.after(ann)) == [(before, False)]
    assert bells(fan) == [ann.id]
    fan.delete(f"/follow/{ann.id}")
    assert (told(fan), bells(fan)) == ([], [])
    assert_problem(fan.post(f"/bells/{ann.id}"), 409, "not_following")
    fan.post(f"/follow/{ann.id}")
    assert (told(fan), bells(fan)) == ([], [])
    ann.after(fan).publish()
    assert told(fan.after(ann)) == []
    fan.post(f"/bells/{ann.id}")
    after = ann.after(fan).publish()
    assert told(fan.after(ann)) == [(after, False)], "but of nothing that came before it"


def test_a_bell_is_taken_off_and_put_on_again(ann: Person, fan: Person) -> None:
    ann.publish()
    for _ in range(2):
        assert fan.after(ann).delete(f"/bells/{ann.id}").json() == {"user_id": ann.id, "bell": False}
    assert (told(fan), bells(fan)) == ([], [])
    assert ann.get(f"/users/{ann.id}/followers").json()["users"][0]["user_id"] == fan.id
    ann.after(fan).publish()
    fan.after(ann).post(f"/bells/{ann.id}")
    assert (told(fan), bells(fan)) == ([], [ann.id])


@pytest.mark.parametrize("by_fan", [True, False], ids=["by who has it", "by whom it is on"])
def test_a_block_ends_it_and_unblocking_brings_nothing_back(ann: Person, fan: Person, by_fan: bool) -> None:
    ann.publish()
    fan.after(ann)
    one, other = (fan, ann) if by_fan else (ann, fan)
    one.post(f"/blocks/{other.id}")
    assert (told(fan.after(one)), bells(fan)) == ([], [])
    assert_problem(fan.post(f"/bells/{ann.id}"), 404, "not_found")
    assert fan.delete(f"/bells/{ann.id}").status_code == 200
    one.delete(f"/blocks/{other.id}")
    assert (told(fan.after(one)), bells(fan)) == ([], [])
    assert_problem(fan.post(f"/bells/{ann.id}"), 409, "not_following")


def test_many_posts_of_one_author_crowd_out_nobodys(ann: Person, ben: Person, fan: Person) -> None:
    fan.after(ben).post(f"/follow/{ben.id}")
    fan.post(f"/bells/{ben.id}")
    bens = ben.after(fan).publish()
    anns = [ann.publish() for _ in range(11)]
    fan.after(ben).after(ann)
    assert [post for post, _ in told(fan)] == [*anns[:0:-1], bens]


def test_a_refused_bell_is_not_kept_under_its_key(ann: Person, ben: Person) -> None:
    ann.after(ben)
    assert_problem(ann.post(f"/bells/{ben.id}", Idempotency_Key="again"), 409, "not_following")
    ann.post(f"/follow/{ben.id}")
    for _ in range(2):
        assert ann.post(f"/bells/{ben.id}", Idempotency_Key="again").json() == {"user_id": ben.id, "bell": True}


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_on_whom_there_can_be_no_bell(ann: Person, http: httpx.Client, method: str) -> None:
    assert_problem(ann.ask(method, f"/bells/{ann.id}"), 422, "cannot_follow_self")
    for nobody in ("ac_00000000000", "x"):
        assert_problem(ann.ask(method, f"/bells/{nobody}"), 404, "not_found")
    for asked, path in ((method, f"/bells/{ann.id}"), ("GET", "/bells")):
        assert_problem(http.request(asked, path), 401, "token_invalid")


def test_bells_are_listed_page_by_page(people: MakePerson, ann: Person) -> None:
    others = [people(f"rung{number}") for number in range(3)]
    for other in others:
        ann.after(other).post(f"/follow/{other.id}")
        ann.post(f"/bells/{other.id}")
    found: list[Any] = []
    page: dict[str, Any] = {"next_cursor": ""}
    while page["next_cursor"] is not None:
        page = ann.get("/bells", limit=2, **({"cursor": page["next_cursor"]} if found else {})).json()
        found += page["users"]
    assert [user["user_id"] for user in found] == sorted(other.id for other in others)
    assert all(user["followed_by_viewer"] for user in found)
