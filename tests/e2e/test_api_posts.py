"""Published posts: their cards, what is normalised, who may do what, and what is left of deleted ones."""

from typing import Any

import httpx
import pytest

from tests.chaos.pictures import picture
from tests.e2e.people import Person, assert_problem
from tests.e2e.test_api_accounts import TIMESTAMP

CARD = {
    "post_id",
    "kind",
    "user",
    "caption",
    "tags",
    "alt_text",
    "image_urls",
    "sources",
    "width",
    "height",
    "blurhash",
    "like_count",
    "comment_count",
    "liked_by_viewer",
    "created_at",
}


def test_a_card_shows_everything_about_a_post(ann: Person, ben: Person) -> None:
    post = ann.publish(caption="Grüße aus den #Alpen", alt_text="A lake", location={"lat": 47.12345, "lon": 11})
    card = ben.after(ann).get(f"/posts/{post}").json()
    assert set(card) == CARD | {"location"}
    assert (card["post_id"], card["kind"], card["caption"]) == (post, "photo", "Grüße aus den #Alpen")
    assert card["user"]["user_id"] == ann.id
    assert card["location"] == {"lat": 47.123, "lon": 11.0}
    assert (card["width"], card["height"]) == (64, 48)
    assert set(card["image_urls"]) == {"thumbnail", "feed", "full"}
    assert {source["url"] for source in card["sources"]} >= set(card["image_urls"].values())
    assert all(set(source) == {"url", "content_type", "width", "height"} for source in card["sources"])
    assert (card["like_count"], card["comment_count"], card["liked_by_viewer"]) == (0, 0, False)
    assert TIMESTAMP.fullmatch(card["created_at"])
    assert card["created_at"] == ann.get(f"/posts/{post}/status").json()["published_at"]


def test_a_post_without_words_has_empty_ones_and_no_place(ann: Person) -> None:
    card = ann.get(f"/posts/{ann.publish()}").json()
    assert set(card) == CARD
    assert (card["caption"], card["tags"], card["alt_text"]) == ("", [], "")


def test_strangers_see_a_card_without_what_a_viewer_would(ann: Person, ben: Person, http: httpx.Client) -> None:
    post = ann.publish()
    seen = ben.after(ann).get(f"/posts/{post}").json()
    card = http.get(f"/posts/{post}")
    nobodys = {"followed_by_viewer": None, "follows_viewer": None}
    assert card.json() == {**seen, "liked_by_viewer": None, "user": {**seen["user"], **nobodys}}
    assert card.headers["Cache-Control"] == "private, no-cache"
    assert card.headers["Vary"].split(", ")[0] == "Authorization"


def test_tags_are_normalised_and_hashtags_are_added_once(ann: Person) -> None:
    post = ann.publish(caption="#Alps and #STRASSE, not#this #two_words!", tags=["#Lake", "alps", "Straße", "ＡＢＣ"])
    assert ann.get(f"/posts/{post}").json()["tags"] == ["lake", "alps", "strasse", "abc", "two_words"]


def test_lengths_count_code_points_after_nfc(ann: Person) -> None:
    said: dict[str, Any] = {
        "caption": "e\u0301" * 2_199 + "🏔",
        "alt_text": "🏔" * 1_500,
        "tags": [f"t{n}" for n in range(30)],
    }
    card = ann.get(f"/posts/{ann.publish(**said)}").json()
    assert card["caption"] == "é" * 2_199 + "🏔"
    assert card["alt_text"] == "🏔" * 1_500
    assert len(card["tags"]) == 30


@pytest.mark.parametrize(("said", "shown"), [((-90, 180), (-90.0, 180.0)), ((1.23456, -0.00049), (1.235, 0.0))])
def test_locations_are_rounded_to_three_decimals(
    ann: Person, said: tuple[float, float], shown: tuple[float, float]
) -> None:
    post = ann.publish(location={"lat": said[0], "lon": said[1]})
    assert ann.get(f"/posts/{post}").json()["location"] == {"lat": shown[0], "lon": shown[1]}


def test_under_photos_everything_that_has_a_post_id_has_it_as_photo_id(ann: Person) -> None:
    reservation = ann.reserve(path="/photos")
    photo = reservation["photo_id"]
    assert photo == reservation["post_id"]
    ann.upload(reservation)
    assert ann.post(f"/photos/{photo}/complete").json()["photo_id"] == photo
    ann.final_status(photo)
    for path in (f"/photos/{photo}", f"/photos/{photo}/status"):
        assert ann.get(path).json()["photo_id"] == photo
        assert "photo_id" not in ann.get(path.replace("photos", "posts")).json()
    assert ann.post(f"/photos/{photo}/comments", {"text": "x"}).json()["photo_id"] == photo
    (comment,) = ann.get(f"/photos/{photo}/comments").json()["comments"]
    assert comment["photo_id"] == photo
    assert ann.get(f"/photos/{photo}/likes").json()["users"] == []
    assert ann.delete(f"/photos/{photo}").status_code == 204


@pytest.mark.parametrize("post", ["po_00000000000", "nonsense", "ac_00000000000", "%ff"])
def test_an_unknown_post_is_not_found(ann: Person, http: httpx.Client, post: str) -> None:
    for path in ("", "/comments", "/likes"):
        assert_problem(http.get(f"/posts/{post}{path}"), 404, "not_found")
    for method, path in (("GET", "/status"), ("GET", "/upload"), ("POST", "/complete"), ("DELETE", "")):
        assert_problem(ann.ask(method, f"/posts/{post}{path}"), 404, "not_found")
    assert_problem(ann.post(f"/likes/{post}"), 404, "not_found")
    assert_problem(ann.post(f"/posts/{post}/comments", {"text": "x"}), 404, "not_found")


def test_an_unpublished_post_is_not_found_for_everyone_but_its_author(ann: Person, eve: Person) -> None:
    post = ann.reserve()["post_id"]
    eve.after(ann)
    for method, path in (
        ("GET", f"/posts/{post}"),
        ("GET", f"/posts/{post}/status"),
        ("GET", f"/posts/{post}/upload"),
        ("GET", f"/posts/{post}/comments"),
        ("GET", f"/posts/{post}/likes"),
        ("POST", f"/posts/{post}/complete"),
        ("POST", f"/likes/{post}"),
        ("DELETE", f"/posts/{post}"),
    ):
        assert_problem(eve.ask(method, path), 404, "not_found")
    assert ann.get(f"/posts/{post}/status").json()["status"] == "pending"


def test_anothers_post_is_not_yours(ann: Person, eve: Person) -> None:
    post = ann.publish()
    eve.after(ann)
    for method, path in (("GET", "/status"), ("GET", "/upload"), ("POST", "/complete"), ("DELETE", "")):
        assert_problem(eve.ask(method, f"/posts/{post}{path}"), 403, "not_yours")
    assert eve.get(f"/posts/{post}").status_code == 200


def test_a_deleted_post_is_gone_for_everybody(ann: Person, ben: Person) -> None:
    post = ann.publish()
    comment = ben.after(ann).post(f"/posts/{post}/comments", {"text": "x"}).json()["comment_id"]
    assert ann.delete(f"/posts/{post}").status_code == 204
    ben.after(ann)
    for reader in (ann, ben):
        for path in ("", "/comments", "/likes"):
            assert_problem(reader.get(f"/posts/{post}{path}"), 410, "gone")
        assert_problem(reader.post(f"/likes/{post}"), 410, "gone")
        assert_problem(reader.post(f"/posts/{post}/comments", {"text": "x"}), 410, "gone")
        assert_problem(reader.get(f"/posts/{post}/upload"), 410, "gone")
    assert ann.get(f"/posts/{post}/status").json() == {"post_id": post, "status": "deleted"}
    assert ann.get("/me").json()["post_count"] == 0
    assert ann.get(f"/users/{ann.id}/feed").json()["posts"] == []
    assert ann.delete(f"/posts/{post}").status_code == 204, "said again, it changes nothing"
    assert_problem(ben.delete(f"/posts/{post}"), 410, "gone")
    assert ben.delete(f"/comments/{comment}").status_code == 204


def test_of_two_posts_of_the_same_file_one_survives_the_others_deletion(
    ann: Person, ben: Person, http: httpx.Client
) -> None:
    content = picture(2)
    anns, bens = ann.publish(content), ben.publish(content)
    urls_of_ann = [source["url"] for source in ann.get(f"/posts/{anns}").json()["sources"]]
    urls_of_ben = [source["url"] for source in ben.get(f"/posts/{bens}").json()["sources"]]
    assert not set(urls_of_ann) & set(urls_of_ben)
    ann.delete(f"/posts/{anns}")
    until_gone(http, urls_of_ann)
    assert {http.get(url).status_code for url in urls_of_ben} == {200}
    assert ben.get(f"/posts/{bens}").status_code == 200


def until_gone(http: httpx.Client, urls: list[str]) -> None:
    """Media are removed by a reaction that no position tells of: asks until all answer 410."""
    for url in urls:
        while (answer := http.get(url)).status_code == 200:
            assert answer.headers["Content-Type"].startswith("image/")
        assert answer.status_code == 410
