"""Comments: written, listed newest first, and taken away by those who may."""

import httpx
import pytest

from tests.e2e.conftest import MakePerson
from tests.e2e.people import Person, assert_problem, fields
from tests.e2e.test_api_accounts import TIMESTAMP


@pytest.fixture(scope="module")
def author(people: MakePerson) -> Person:
    return people("author")


@pytest.fixture
def post(author: Person) -> str:
    return author.publish()


def test_a_written_comment_is_answered_as_it_will_be_listed(post: str, author: Person, ben: Person) -> None:
    answer = ben.post(f"/posts/{post}/comments", {"text": "Wow 🏔"})
    assert answer.status_code == 201
    comment = answer.json()
    assert set(comment) == {"comment_id", "post_id", "user", "text", "created_at", "can_delete"}
    assert (comment["post_id"], comment["text"], comment["can_delete"]) == (post, "Wow 🏔", True)
    assert comment["user"]["user_id"] == ben.id
    assert TIMESTAMP.fullmatch(comment["created_at"])
    assert ben.get(f"/posts/{post}/comments").json()["comments"] == [comment]
    assert ben.get(f"/posts/{post}").json()["comment_count"] == 1


@pytest.mark.parametrize("text", ["x", "x" * 1_000, "🏔" * 1_000, "e\u0301" * 1_000, "<b>&amp;</b>"])
def test_a_comment_has_1_to_1000_characters(post: str, ben: Person, text: str) -> None:
    assert ben.post(f"/posts/{post}/comments", {"text": text}).status_code == 201


@pytest.mark.parametrize("text", ["", " ", "x" * 1_001, "e\u0301" * 1_001, "a\x00b", 7, None, ["x"]])
def test_other_comments_are_refused(post: str, ben: Person, text: object) -> None:
    problem = assert_problem(ben.post(f"/posts/{post}/comments", {"text": text}), 422, "validation_failed")
    assert fields(problem) == ["text"]


def test_half_a_character_is_refused(post: str, ben: Person) -> None:
    answer = ben.ask(
        "POST", f"/posts/{post}/comments", {"Content-Type": "application/json"}, content=b'{"text": "\\ud800"}'
    )
    assert_problem(answer, 422, "validation_failed")


def test_comments_are_listed_newest_first_also_to_strangers(
    post: str, author: Person, ben: Person, http: httpx.Client
) -> None:
    texts = [f"comment {number}" for number in range(5)]
    for number, text in enumerate(texts):
        (author, ben)[number % 2].post(f"/posts/{post}/comments", {"text": text})
    author.after(ben)
    listed = http.get(f"/posts/{post}/comments")
    assert [comment["text"] for comment in listed.json()["comments"]] == texts[::-1]
    assert {comment["can_delete"] for comment in listed.json()["comments"]} == {False}
    assert {comment["user"]["followed_by_viewer"] for comment in listed.json()["comments"]} == {None}
    assert listed.headers["Cache-Control"] == "private, no-cache"
    assert [c["can_delete"] for c in ben.get(f"/posts/{post}/comments").json()["comments"]] == [False, True] * 2 + [
        False
    ]
    assert {c["can_delete"] for c in author.get(f"/posts/{post}/comments").json()["comments"]} == {True}


def test_its_author_or_the_posts_takes_a_comment_away(post: str, author: Person, ben: Person, eve: Person) -> None:
    mine, yours = (ben.post(f"/posts/{post}/comments", {"text": text}).json()["comment_id"] for text in "ab")
    eve.after(ben)
    assert_problem(eve.delete(f"/comments/{mine}"), 403, "not_yours")
    assert ben.delete(f"/comments/{mine}").status_code == 204
    assert author.after(ben).delete(f"/comments/{yours}").status_code == 204
    assert ben.delete(f"/comments/{mine}").status_code == 204, "said again, it changes nothing"
    assert_problem(eve.delete(f"/comments/{mine}"), 410, "gone")
    assert ben.after(author).get(f"/posts/{post}/comments").json()["comments"] == []
    assert ben.get(f"/posts/{post}").json()["comment_count"] == 0


@pytest.mark.parametrize("comment", ["nonsense", "co_0000000000000000000000", "po_00000000000", "co_"])
def test_an_unknown_comment_is_not_found(ben: Person, comment: str) -> None:
    assert_problem(ben.delete(f"/comments/{comment}"), 404, "not_found")


def test_writing_and_deleting_need_a_token(post: str, http: httpx.Client) -> None:
    assert_problem(http.post(f"/posts/{post}/comments", json={"text": "x"}), 401, "token_invalid")
    assert_problem(http.delete("/comments/co_0000000000000000000000"), 401, "token_invalid")


def test_a_commenters_new_name_is_shown_at_once(post: str, ben: Person) -> None:
    ben.post(f"/posts/{post}/comments", {"text": "x"})
    assert ben.get(f"/posts/{post}/comments").json()["comments"][0]["user"]["display_name"] == ben.username
    ben.ask("PATCH", "/me", json={"display_name": "Benedict"})
    assert ben.get(f"/posts/{post}/comments").json()["comments"][0]["user"]["display_name"] == "Benedict"
