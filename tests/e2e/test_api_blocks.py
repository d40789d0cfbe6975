"""Blocking: what it ends, what it refuses, what it hides from whom, and what comes back."""

import httpx
import pytest

from tests.e2e.people import Person, assert_problem


def users(answer: httpx.Response) -> list[str]:
    return [user["user_id"] for user in answer.json()["users"]]


def test_blocking_and_unblocking_is_answered(ann: Person, ben: Person) -> None:
    answer = ann.post(f"/blocks/{ben.id}")
    assert (answer.status_code, answer.json()) == (200, {"user_id": ben.id, "blocked": True})
    assert answer.headers["Log-Position"]
    assert ann.post(f"/blocks/{ben.id}").json() == {"user_id": ben.id, "blocked": True}
    assert users(ann.get("/blocks")) == [ben.id]
    for _ in range(2):
        assert ann.delete(f"/blocks/{ben.id}").json() == {"user_id": ben.id, "blocked": False}
    assert users(ann.get("/blocks")) == []


def test_nobody_blocks_themselves_or_nobody(ann: Person) -> None:
    for method in ("POST", "DELETE"):
        assert_problem(ann.ask(method, f"/blocks/{ann.id}"), 422, "cannot_block_self")
        for nobody in ("ac_00000000000", "nonsense"):
            assert_problem(ann.ask(method, f"/blocks/{nobody}"), 404, "not_found")


@pytest.mark.parametrize(("method", "path"), [("POST", "/blocks/x"), ("DELETE", "/blocks/x"), ("GET", "/blocks")])
def test_blocking_needs_a_token(http: httpx.Client, method: str, path: str) -> None:
    assert_problem(http.request(method, path), 401, "token_invalid")


def test_a_block_ends_follows_both_ways_and_its_end_brings_back_visibility_alone(ann: Person, ben: Person) -> None:
    ann.post(f"/follow/{ben.id}")
    ben.post(f"/follow/{ann.id}")
    post = ben.publish()
    assert [card["post_id"] for card in ann.after(ben).get("/feed").json()["posts"]] == [post]
    ann.post(f"/blocks/{ben.id}")
    assert ann.get("/feed").json()["posts"] == []
    assert [ann.get("/me").json()[name] for name in ("follower_count", "following_count")] == [0, 0]
    ann.delete(f"/blocks/{ben.id}")
    profile = ann.get(f"/users/{ben.id}").json()
    standing = [profile[name] for name in ("followed_by_viewer", "follows_viewer", "blocked_by_viewer")]
    assert standing == [False, False, False]
    assert ann.get(f"/posts/{post}").status_code == 200
    assert ann.post(f"/follow/{ben.id}").json()["following"] is True


def test_the_unblocking_of_who_was_never_blocked_ends_nothing(ann: Person, ben: Person) -> None:
    ben.post(f"/follow/{ann.id}")
    ann.after(ben).delete(f"/blocks/{ben.id}")
    assert ben.after(ann).get(f"/users/{ann.id}").json()["followed_by_viewer"] is True


def test_who_both_have_blocked_is_hidden_until_both_have_let_go(ann: Person, ben: Person) -> None:
    ann.post(f"/blocks/{ben.id}")
    assert ben.after(ann).post(f"/blocks/{ann.id}").status_code == 200, "whoever is hidden can be blocked back"
    assert_problem(ann.after(ben).get(f"/users/{ben.id}"), 404, "not_found")
    assert users(ann.get("/blocks")) == [ben.id], "and can be let go"
    ann.delete(f"/blocks/{ben.id}")
    for one, other in ((ann, ben), (ben, ann)):
        assert_problem(one.after(other).get(f"/users/{other.id}/following"), 404, "not_found")
    ben.delete(f"/blocks/{ann.id}")
    assert ann.after(ben).get(f"/users/{ben.id}").status_code == 200


def test_counts_are_everybodys(ann: Person, ben: Person, eve: Person) -> None:
    post = eve.publish()
    ben.after(eve).post(f"/likes/{post}")
    ann.after(ben).post(f"/blocks/{ben.id}")
    assert ann.get(f"/posts/{post}").json()["like_count"] == 1
    assert users(ann.get(f"/posts/{post}/likes")) == []
    assert users(ben.after(ann).get(f"/posts/{post}/likes")) == [ben.id]


def test_what_one_said_can_be_taken_back_across_a_block(ann: Person, ben: Person, http: httpx.Client) -> None:
    post = ann.publish()
    ben.after(ann).post(f"/likes/{post}")
    comment = ben.post(f"/posts/{post}/comments", {"text": "x"}).json()["comment_id"]
    ann.after(ben).post(f"/blocks/{ben.id}")
    assert ben.after(ann).delete(f"/likes/{post}").json() == {"post_id": post, "liked": False}
    assert ben.delete(f"/comments/{comment}").status_code == 204
    card = ann.after(ben).get(f"/posts/{post}").json()
    assert (card["like_count"], card["comment_count"]) == (0, 0)


def test_a_deleted_post_is_not_there_for_who_is_blocked_and_gone_for_others(ann: Person, ben: Person) -> None:
    post = ann.publish()
    ann.delete(f"/posts/{post}")
    assert_problem(ben.after(ann).get(f"/posts/{post}"), 410, "gone")
    ann.post(f"/blocks/{ben.id}")
    assert_problem(ben.after(ann).get(f"/posts/{post}"), 404, "not_found")
    assert_problem(ben.post(f"/likes/{post}"), 404, "not_found")
