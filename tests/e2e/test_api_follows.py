"""Following: both ways of saying it, what it does to feeds, and the lists of followers and followed."""

import httpx
import pytest

from tests.e2e.conftest import MakePerson
from tests.e2e.people import Person, assert_problem


def feed(person: Person) -> list[str]:
    return [card["post_id"] for card in person.get("/feed").json()["posts"]]


@pytest.mark.parametrize("by_body", [False, True])
def test_following_and_unfollowing_is_answered(ann: Person, ben: Person, by_body: bool) -> None:
    said = {"user_id": ann.id}
    answer = ben.post("/follows", said) if by_body else ben.post(f"/follow/{ann.id}")
    assert (answer.status_code, answer.json()) == (200, {**said, "following": True})
    assert answer.headers["Log-Position"]
    again = ben.post(f"/follow/{ann.id}")
    assert (again.status_code, again.json()) == (200, {**said, "following": True})
    ended = ben.delete(f"/follow/{ann.id}")
    assert (ended.status_code, ended.json()) == (200, {**said, "following": False})
    assert ben.delete(f"/follow/{ann.id}").json() == {**said, "following": False}


def test_nobody_follows_themselves_or_nobody(ann: Person) -> None:
    for answer in (ann.post(f"/follow/{ann.id}"), ann.post("/follows", {"user_id": ann.id})):
        assert_problem(answer, 422, "cannot_follow_self")
    for nobody in ("ac_00000000000", "nonsense", "%ff"):
        assert_problem(ann.post(f"/follow/{nobody}"), 404, "not_found")
        assert_problem(ann.delete(f"/follow/{nobody}"), 404, "not_found")
    nonsense: list[object] = [{}, {"user_id": None}, {"user_id": 7}, {"user_id": "\x00"}, []]
    for wrong in nonsense:
        assert_problem(ann.post("/follows", wrong), 422, "validation_failed")
    for nobody in ("", "a/b", "../accounts"):
        assert_problem(ann.post("/follows", {"user_id": nobody}), 404, "not_found")


@pytest.mark.parametrize(("method", "path"), [("POST", "/follow/x"), ("DELETE", "/follow/x"), ("POST", "/follows")])
def test_following_needs_a_token(http: httpx.Client, method: str, path: str) -> None:
    assert_problem(http.request(method, path, json={"user_id": "x"}), 401, "token_invalid")


def test_both_see_that_one_follows_the_other(ann: Person, ben: Person) -> None:
    ben.post(f"/follow/{ann.id}")
    anns = ben.get(f"/users/{ann.id}").json()
    assert (anns["followed_by_viewer"], anns["follows_viewer"], anns["follower_count"]) == (True, False, 1)
    bens = ann.after(ben).get(f"/users/{ben.id}").json()
    assert (bens["followed_by_viewer"], bens["follows_viewer"], bens["following_count"]) == (False, True, 1)


def test_the_lists_of_followers_and_followed(people: MakePerson, http: httpx.Client) -> None:
    star, fans = people("star"), [people("fan") for _ in range(3)]
    for fan in fans:
        fan.post(f"/follow/{star.id}")
        star.after(fan)
    followers = star.get(f"/users/{star.id}/followers").json()
    assert {user["user_id"] for user in followers["users"]} == {fan.id for fan in fans}
    assert all(user["follows_viewer"] is True for user in followers["users"])
    (followed,) = fans[0].get(f"/users/@{fans[0].username}/following").json()["users"]
    assert (followed["user_id"], followed["followed_by_viewer"]) == (star.id, True)
    assert {u["follows_viewer"] for u in http.get(f"/users/{star.id}/followers").json()["users"]} == {None}
    for path in ("followers", "following"):
        assert_problem(http.get(f"/users/ac_00000000000/{path}"), 404, "not_found")


def test_a_feed_holds_what_followed_accounts_published_newest_first(ann: Person, ben: Person) -> None:
    before = ann.publish()
    assert feed(ben) == []
    ben.post(f"/follow/{ann.id}")
    assert feed(ben.after(ann)) == [before], "what was published before one followed"
    after, own = ann.publish(), ben.publish()
    assert feed(ben.after(ann)) == [after, before]
    assert own not in feed(ben)
    assert feed(ann) == []


def test_a_feed_forgets_who_is_no_longer_followed_and_what_was_deleted(ann: Person, ben: Person) -> None:
    ben.post(f"/follow/{ann.id}")
    kept, deleted = ann.publish(), ann.publish()
    assert feed(ben.after(ann)) == [deleted, kept]
    ann.delete(f"/posts/{deleted}")
    assert feed(ben.after(ann)) == [kept]
    ben.delete(f"/follow/{ann.id}")
    assert feed(ben) == []
    ben.post(f"/follow/{ann.id}")
    assert feed(ben) == [kept]


def test_a_feed_needs_a_token_and_a_grid_does_not(ann: Person, http: httpx.Client) -> None:
    posts = [ann.publish(), ann.publish()]
    ann.get(f"/users/{ann.id}/feed")
    assert_problem(http.get("/feed"), 401, "token_invalid")
    grid = http.get(f"/users/@{ann.username}/feed").json()
    assert [card["post_id"] for card in grid["posts"]] == posts[::-1]
    assert {card["liked_by_viewer"] for card in grid["posts"]} == {None}
    assert_problem(http.get("/users/@nobody/feed"), 404, "not_found")
