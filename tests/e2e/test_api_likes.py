"""Likes: said once or often, counted once; and who likes a post."""

import httpx
import pytest

from tests.e2e.conftest import MakePerson
from tests.e2e.people import Person, assert_problem


@pytest.fixture(scope="module")
def author(people: MakePerson) -> Person:
    return people("author")


@pytest.fixture
def post(author: Person) -> str:
    return author.publish()


def seen(reader: Person, post: str) -> tuple[int, bool]:
    card = reader.get(f"/posts/{post}").json()
    return card["like_count"], card["liked_by_viewer"]


def test_a_like_is_seen_at_once(post: str, ben: Person) -> None:
    answer = ben.post(f"/likes/{post}")
    assert (answer.status_code, answer.json()) == (200, {"post_id": post, "liked": True})
    assert seen(ben, post) == (1, True)
    answer = ben.delete(f"/likes/{post}")
    assert (answer.status_code, answer.json()) == (200, {"post_id": post, "liked": False})
    assert seen(ben, post) == (0, False)


def test_saying_it_again_changes_nothing(post: str, ben: Person) -> None:
    for _ in range(3):
        assert ben.post(f"/likes/{post}").json()["liked"] is True
        assert seen(ben, post) == (1, True)
    for _ in range(3):
        assert ben.delete(f"/likes/{post}").json()["liked"] is False
        assert seen(ben, post) == (0, False)


def test_every_liker_counts_once_and_is_listed(post: str, author: Person, ann: Person, ben: Person) -> None:
    for person in (author, ann, ben):
        person.post(f"/likes/{post}")
    author.after(ann).after(ben)
    assert seen(author, post) == (3, True)
    likers = author.get(f"/posts/{post}/likes").json()
    assert {user["user_id"] for user in likers["users"]} == {author.id, ann.id, ben.id}
    assert (likers["next_cursor"], likers["has_more"]) == (None, False)


def test_strangers_see_the_count_and_the_likers(post: str, ben: Person, http: httpx.Client) -> None:
    ben.post(f"/likes/{post}")
    ben.get(f"/posts/{post}")
    assert http.get(f"/posts/{post}").json()["like_count"] == 1
    (liker,) = http.get(f"/posts/{post}/likes").json()["users"]
    assert (liker["user_id"], liker["followed_by_viewer"]) == (ben.id, None)


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_liking_needs_a_token(post: str, http: httpx.Client, method: str) -> None:
    assert_problem(http.request(method, f"/likes/{post}"), 401, "token_invalid")
