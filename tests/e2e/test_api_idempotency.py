"""Idempotency-Key: the first answer again, byte for byte; and what is refused under a key."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.e2e.people import PASSWORD, Person, assert_problem, refresh

RESERVATION = b'{"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": 9, "caption": "once"}'


def send(person: Person, method: str, path: str, key: str, body: bytes = b"") -> httpx.Response:
    headers = {"Idempotency-Key": key, **({"Content-Type": "application/json"} if body else {})}
    return person.ask(method, path, headers, content=body)


def same(one: httpx.Response, other: httpx.Response) -> bool:
    """Status, body and position."""
    return (one.status_code, one.content, one.headers.get("Log-Position")) == (
        other.status_code,
        other.content,
        other.headers.get("Log-Position"),
    )


def test_the_same_request_is_answered_the_same_and_done_once(ann: Person) -> None:
    first = send(ann, "POST", "/posts", "k1", RESERVATION)
    again = send(ann, "POST", "/posts", "k1", RESERVATION)
    assert first.status_code == 201
    assert same(first, again)


def test_every_write_keeps_its_first_answer(ann: Person, ben: Person) -> None:
    post = ann.publish()
    ben.after(ann)
    writes = [
        ("POST", f"/likes/{post}", b""),
        ("POST", f"/posts/{post}/comments", b'{"text": "once"}'),
        ("POST", f"/follow/{ann.id}", b""),
        ("PATCH", "/me", b'{"bio": "once"}'),
    ]
    for method, path, body in writes:
        assert same(send(ben, method, path, "k", body), send(ben, method, path, "k", body))
    assert len(ben.get(f"/posts/{post}/comments").json()["comments"]) == 1
    assert same(send(ann, "DELETE", f"/posts/{post}", "k"), send(ann, "DELETE", f"/posts/{post}", "k"))


def test_a_first_answer_stands_whatever_came_after(ann: Person, ben: Person) -> None:
    liked = ben.post(f"/likes/{ann.publish()}", Idempotency_Key="k")
    post = liked.json()["post_id"]
    unliked = ben.delete(f"/likes/{post}").headers["Log-Position"]
    assert same(ben.post(f"/likes/{post}", Idempotency_Key="k"), liked)
    ben.position = unliked  # the first answer names the position of the like
    assert ben.get(f"/posts/{post}").json()["liked_by_viewer"] is False


def test_another_body_under_the_key_is_refused_even_if_it_says_the_same(ann: Person) -> None:
    send(ann, "POST", "/posts", "k", RESERVATION)
    assert_problem(send(ann, "POST", "/posts", "k", RESERVATION + b" "), 422, "idempotency_key_reused")


def test_a_key_counts_for_one_account_method_and_path(ann: Person, ben: Person) -> None:
    posts = {send(who, "POST", "/posts", "shared", RESERVATION).json()["post_id"] for who in (ann, ben)}
    assert len(posts) == 2
    assert send(ann, "POST", "/photos", "shared", RESERVATION).json()["post_id"] not in posts
    assert ann.ask("PATCH", "/me", {"Idempotency-Key": "shared"}, json={"bio": "x"}).status_code == 200


def test_a_final_refusal_is_kept(ann: Person, ben: Person) -> None:
    first = ann.post(f"/follow/{ann.id}", Idempotency_Key="k")
    assert_problem(first, 422, "cannot_follow_self")
    assert same(first, ann.post(f"/follow/{ann.id}", Idempotency_Key="k"))


def test_a_refused_token_is_not_kept(ann: Person, http: httpx.Client) -> None:
    headers = {"Idempotency-Key": "k"}
    assert_problem(http.post("/posts", content=RESERVATION, headers=headers), 401, "token_invalid")
    assert send(ann, "POST", "/posts", "k", RESERVATION).status_code == 201


@pytest.mark.parametrize(("key", "status"), [("x" * 128, 201), ("x" * 129, 422), ("", 422)])
def test_a_key_has_1_to_128_characters(ann: Person, key: str, status: int) -> None:
    assert send(ann, "POST", "/posts", key, RESERVATION).status_code == status


def test_signing_up_twice_under_one_key_is_signing_up_once(http: httpx.Client) -> None:
    body = {"username": "Twice", "password": PASSWORD, "email": "a@example.org"}
    first = http.post("/accounts", json=body, headers={"Idempotency-Key": "k"})
    assert first.status_code == 201
    assert same(http.post("/accounts", json=body, headers={"Idempotency-Key": "k"}), first)
    assert_problem(http.post("/accounts", json=body, headers={"Idempotency-Key": "k2"}), 409, "username_taken")
    assert_problem(http.post("/accounts", json=body), 409, "username_taken")
    other = {**body, "username": "TWICE"}
    reused = http.post("/accounts", json=other, headers={"Idempotency-Key": "k"})
    assert_problem(reused, 422, "idempotency_key_reused")
    assert http.post("/accounts", json={**body, "username": "Thrice"}, headers={"Idempotency-Key": "k"}).is_success


def test_tokens_are_never_kept_under_a_key(ann: Person, http: httpx.Client) -> None:
    form = {"grant_type": "password", "username": ann.username, "password": PASSWORD}
    tokens = [http.post("/oauth/token", data=form, headers={"Idempotency-Key": "k"}).json() for _ in range(2)]
    assert tokens[0]["refresh_token"] != tokens[1]["refresh_token"]
    assert refresh(http, tokens[0]["refresh_token"]).status_code == 200


def test_many_at_once_under_one_key_are_one(ann: Person) -> None:
    headers = {"Idempotency-Key": "at once", "Content-Type": "application/json", **ann.bearer}

    def once(_number: int) -> httpx.Response:
        return ann.http.post("/posts", content=RESERVATION, headers=headers)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(once, range(16)))
    done = [answer for answer in answers if answer.status_code == 201]
    assert done
    assert all(same(answer, done[0]) for answer in done)
    for answer in answers:
        if answer not in done:
            assert_problem(answer, 409, "idempotency_key_in_use")
