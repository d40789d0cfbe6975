"""Log-Position and At-Least-Position: reading one's writes, and tokens that are not ours."""

import base64
import json

import httpx
import pytest

from schemas.positions import ACCOUNTS, TOPICS, Position, decode_token, encode_token
from tests.e2e.people import Person, assert_problem
from tests.pace import patient

ACCOUNTS_NUMBER = TOPICS.index(ACCOUNTS)


def test_every_write_says_where_it_can_be_seen(ann: Person, ben: Person) -> None:
    post = ann.publish()
    comment = ben.after(ann).post(f"/posts/{post}/comments", {"text": "x"})
    writes = [
        comment,
        ben.post(f"/likes/{post}"),
        ben.delete(f"/likes/{post}"),
        ben.delete(f"/comments/{comment.json()['comment_id']}"),
        ben.post(f"/follow/{ann.id}"),
        ben.post("/follows", {"user_id": ann.id}),
        ben.delete(f"/follow/{ann.id}"),
        ben.ask("PATCH", "/me", json={"bio": "x"}),
        ben.ask("PATCH", "/me", json={"bio": "x"}),
        ann.post(f"/posts/{post}/complete"),
        ann.delete(f"/posts/{post}"),
        ann.delete(f"/posts/{post}"),
    ]
    for answer in writes:
        assert answer.is_success
        assert 0 < len(answer.headers["Log-Position"]) <= 256


def test_one_reads_ones_own_writes_every_time(ann: Person) -> None:
    for number in range(50):
        ann.ask("PATCH", "/me", json={"bio": f"bio {number}"})
        assert ann.get("/me").json()["bio"] == f"bio {number}"


def test_a_writes_position_covers_what_its_caller_had_seen(ann: Person, ben: Person, http: httpx.Client) -> None:
    changed = ann.ask("PATCH", "/me", json={"display_name": "Covered"}).headers["Log-Position"]
    followed = http.post(f"/follow/{ann.id}", headers={**ben.bearer, "At-Least-Position": changed})
    profile = http.get(f"/users/{ann.id}", headers={"At-Least-Position": followed.headers["Log-Position"]}).json()
    assert (profile["display_name"], profile["follower_count"]) == ("Covered", 1)


def test_a_status_that_says_published_carries_a_position_at_which_the_post_is_everywhere(
    ann: Person, ben: Person, http: httpx.Client
) -> None:
    ben.post(f"/follow/{ann.id}")
    ben.get("/feed")
    for _ in range(5):
        post = ann.publish()
        at_least = {"At-Least-Position": ann.position}
        assert http.get(f"/posts/{post}", headers=at_least).status_code == 200
        assert http.get(f"/users/{ann.id}/feed", headers=at_least).json()["posts"][0]["post_id"] == post
        feed = http.get("/feed", headers={**ben.bearer, **at_least}).json()
        assert feed["posts"][0]["post_id"] == post


@pytest.mark.parametrize("token", ["x", "nonsense", "W1sw", "e30", "!" * 20, "A" * 257, "W1swLDAsLTFdXQ"])
def test_a_token_that_is_not_ours_is_a_bad_position(ann: Person, http: httpx.Client, token: str) -> None:
    at_least = {"At-Least-Position": token}
    for method, path in (("GET", "/me"), ("GET", "/feed"), ("POST", f"/follow/{ann.id}"), ("PATCH", "/me")):
        answer = http.request(method, path, headers={**ann.bearer, **at_least}, json={})
        assert_problem(answer, 400, "bad_position")
    assert_problem(http.get(f"/users/{ann.id}", headers=at_least), 400, "bad_position")


def test_what_has_not_happened_is_a_bad_position_at_once(ann: Person, http: httpx.Client) -> None:
    log = decode_token(ann.position).log
    for future in (Position(ACCOUNTS, 1, 10**9), Position(ACCOUNTS, 10_000, 0)):
        for made_up in (encode_token([future], log), encode_token([future])):
            for method, path in (("GET", "/me"), ("PATCH", "/me")):
                headers = {**ann.bearer, "At-Least-Position": made_up}
                answer = http.request(method, path, headers=headers, json={}, timeout=patient(3))
                assert_problem(answer, 400, "bad_position")


def test_a_position_of_another_log_is_ignored(ann: Person) -> None:
    assert ann.get("/me").status_code == 200, "what she did is seen, whatever is said of positions from here on"
    elsewhere = encode_token([Position(ACCOUNTS, 1, 10**9)], b"else")
    assert ann.ask("GET", "/me", {"At-Least-Position": elsewhere}).status_code == 200


def test_a_position_that_the_first_release_gave_out_is_understood(ann: Person) -> None:
    offsets = [[ACCOUNTS_NUMBER, place.partition, place.offset] for place in decode_token(ann.position).places]
    old = base64.urlsafe_b64encode(json.dumps(offsets).encode()).decode().rstrip("=")
    assert ann.ask("GET", "/me", {"At-Least-Position": old}).status_code == 200
