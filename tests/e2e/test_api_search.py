"""Search and hashtag pages: what is found, in which order, page by page, and that edits and deletions follow."""

from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.conftest import MakePerson
from tests.e2e.people import Person, assert_problem, fields


def posts(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [card["post_id"] for card in answer.json()["posts"]]


def users(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [user["user_id"] for user in answer.json()["users"]]


def test_a_post_is_found_by_its_tag_and_words_until_they_are_edited_away_or_it_is_deleted(ann: Person) -> None:
    post = ann.publish(caption="Crème brûlée in 東京タワー #Påske", tags=["dessertdag"])
    for words in ("creme BRULEE", "brûlée", "東京", "タワー", "京", "dessertdag", "påske", "#påske creme"):
        assert posts(ann.get("/search", q=words)) == [post], words
    for tag in ("påske", "PÅSKE", "dessertdag"):
        assert posts(ann.get(f"/hashtag/{tag}")) == [post]
    assert posts(ann.get("/search", q="brul")) == posts(ann.get("/search", q="crème taart")) == []
    assert posts(ann.get("/hashtag/creme")) == []
    ann.ask("PATCH", f"/posts/{post}", json={"caption": "Gone #sommerdag"})
    assert posts(ann.get("/hashtag/påske")) == posts(ann.get("/search", q="brulee")) == []
    assert posts(ann.get("/hashtag/sommerdag")) == posts(ann.get("/search", q="sommerdag dessertdag")) == [post]
    ann.delete(f"/posts/{post}")
    for path in ("/hashtag/sommerdag", "/hashtag/dessertdag", "/search?q=sommerdag"):
        assert posts(ann.ask("GET", path)) == []


def test_a_hashtag_page_shows_cards_and_needs_no_token(ann: Person, http: httpx.Client) -> None:
    post = ann.publish(caption="#cardday")
    (card,) = ann.get("/hashtag/cardday").json()["posts"]
    assert card == ann.get(f"/posts/{post}").json()
    (seen,) = http.get("/hashtag/cardday").json()["posts"]
    assert (seen["post_id"], seen["liked_by_viewer"]) == (post, None)


def pages(reader: Person, path: str, limit: int) -> Iterator[list[str]]:
    while path:
        answer = reader.get(path, limit=limit) if "cursor" not in path else reader.ask("GET", path)
        yield posts(answer)
        link = answer.headers.get("Link", "")
        assert bool(link) == answer.json()["has_more"]
        path = link.partition(">")[0][1:]


def test_a_tag_is_paged_without_gap_or_double_while_posts_arrive_and_go(ann: Person) -> None:
    made = [ann.publish(caption="#pagedtag") for _ in range(7)]
    seen: list[str] = []
    for page in pages(ann, "/hashtag/pagedtag", 2):
        seen += page
        ann.publish(caption="#pagedtag")
        if len(seen) == 2:
            ann.delete(f"/posts/{made[3]}")
            made.remove(made[3])
    assert seen == made[::-1]


def test_people_are_found_by_how_their_names_begin(ann: Person, ben: Person, people: MakePerson) -> None:
    ann.ask("PATCH", "/me", json={"display_name": "Zoë Wiśniewska"})
    ben.ask("PATCH", "/me", json={"display_name": "渡辺 麗"})
    ann.after(ben)
    for words in ("wisni", "zoe WIŚ", "Wiśniewska z", ann.username):
        assert ann.id in users(ann.get("/search", q=words, type="users")), words
    assert users(ann.get("/search", q="渡辺", type="users")) == [ben.id]
    assert users(ann.get("/search", q="niewska", type="users")) == []
    zed = people("zed.x")
    longer = people(f"{zed.username}")
    assert users(longer.after(zed).get("/search", q=f"@{zed.username[:5]}", type="users")) == [longer.id, zed.id]
    assert users(longer.get("/search", q=zed.username, type="users", limit=1)) == [zed.id], "who is called exactly so"
    first = longer.get("/search", q=f"@{zed.username}", type="users", limit=1)
    second = longer.ask("GET", first.headers["Link"].partition(">")[0][1:])
    assert (users(first), users(second), second.json()["has_more"]) == ([zed.id], [longer.id], False)


def test_what_is_asked_for_must_be_something(ann: Person, http: httpx.Client) -> None:
    for put in ("", "?q=", "?q=%E2%80%8B", f"?q={'x' * 101}", "?q=%00", "?q=a&limit=0"):
        assert fields(assert_problem(ann.ask("GET", f"/search{put}"), 422, "validation_failed"))
    assert fields(assert_problem(ann.get("/search", q="a", type="tags"), 422, "validation_failed")) == ["type"]
    assert posts(ann.get("/search", q='!? "')) == users(ann.get("/search", q="♥", type="users")) == []
    assert_problem(http.get("/search?q=a"), 401, "token_invalid")
    for nothing in ("two words", "%23", "a-b", "x" * 101):
        assert_problem(ann.get(f"/hashtag/{nothing}"), 404, "not_found")


@pytest.mark.parametrize("other", ["/hashtag/othertag", "/search?q=cursored&type=users", "/search?q=othertag"])
def test_a_cursor_is_good_for_its_own_question_alone(ann: Person, other: str) -> None:
    for _ in range(2):
        ann.publish(caption="#cursored")
    cursor = ann.get("/hashtag/cursored", limit=1).json()["next_cursor"]
    assert_problem(ann.ask("GET", f"{other}{'&' if '?' in other else '?'}cursor={cursor}"), 400, "bad_cursor")
