"""Signing up, and profiles as their owner, others and strangers see them."""

import re

import httpx
import pytest

from tests.e2e.conftest import MakePerson
from tests.e2e.people import PASSWORD, Person, assert_problem, fields, log_in

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def sign_up(http: httpx.Client, username: str, **changed: object) -> httpx.Response:
    return http.post(
        "/accounts", json={"username": username, "password": PASSWORD, "email": "a@example.org", **changed}
    )


def test_signing_up_answers_id_name_and_position(http: httpx.Client) -> None:
    answer = sign_up(http, "New.Name_1")
    assert answer.status_code == 201
    assert answer.json() == {"account_id": answer.json()["account_id"], "username": "New.Name_1"}
    assert answer.json()["account_id"].startswith("ac_")
    assert 0 < len(answer.headers["Log-Position"]) <= 256


def test_a_username_is_taken_whatever_its_case(http: httpx.Client, ann: Person) -> None:
    for name in (ann.username, ann.username.upper(), ann.username.lower()):
        assert_problem(sign_up(http, name), 409, "username_taken")


@pytest.mark.parametrize("name", ["abc", "A" * 30, "a.b", "_._"])
def test_usernames_have_3_to_30_letters_digits_underscores_or_dots(http: httpx.Client, name: str) -> None:
    assert sign_up(http, name).status_code == 201


@pytest.mark.parametrize("name", ["ab", "A" * 31, "a b", "a-b", "änn", "ann\n", "", 7, None])
def test_other_usernames_are_refused(http: httpx.Client, name: str) -> None:
    assert fields(assert_problem(sign_up(http, name), 422, "validation_failed")) == ["username"]


@pytest.mark.parametrize(("password", "status"), [("x" * 7, 422), ("x" * 8, 201), ("é" * 128, 201), ("x" * 129, 422)])
def test_passwords_have_8_to_128_characters(http: httpx.Client, password: str, status: int) -> None:
    assert sign_up(http, f"length{len(password)}", password=password).status_code == status


def test_a_password_is_the_same_however_a_keyboard_composes_it(http: httpx.Client) -> None:
    composed, decomposed = "pass-wörter", "pass-wo\u0308rter"
    sign_up(http, "composed", password=composed)
    sign_up(http, "decomposed", password=decomposed)
    for name in ("composed", "decomposed"):
        assert log_in(http, name, composed).status_code == 200
        assert log_in(http, name, decomposed).status_code == 200


def test_everything_that_is_missing_is_named(http: httpx.Client) -> None:
    problem = assert_problem(http.post("/accounts", json={}), 422, "validation_failed")
    assert fields(problem) == ["username", "password", "email"]
    assert PASSWORD not in http.post("/accounts", json={"username": "abc", "password": PASSWORD}).text


def test_unknown_fields_are_ignored(http: httpx.Client) -> None:
    assert sign_up(http, "additive", colour="blue").status_code == 201


def test_one_sees_oneself_whole(ann: Person) -> None:
    me = ann.get("/me").json()
    assert TIMESTAMP.fullmatch(me.pop("created_at"))
    assert me == {
        "user_id": ann.id,
        "username": ann.username,
        "display_name": ann.username,
        "avatar_url": None,
        "followed_by_viewer": False,
        "follows_viewer": False,
        "bio": "",
        "post_count": 0,
        "follower_count": 0,
        "following_count": 0,
        "blocked_by_viewer": False,
        "email": f"{ann.username}@example.org",
        "email_verified": False,
    }


def test_a_patch_changes_what_it_names_and_answers_that(ann: Person) -> None:
    changed = ann.ask("PATCH", "/me", json={"bio": "Über mich"})
    assert (changed.status_code, changed.json()) == (200, {"bio": "Über mich"})
    both = ann.ask("PATCH", "/me", json={"bio": "x" * 150, "display_name": "Änne"})
    assert both.json() == {"bio": "x" * 150, "display_name": "Änne"}
    assert ann.ask("PATCH", "/me", json={}).json() == {}
    me = ann.get("/me").json()
    assert (me["bio"], me["display_name"]) == ("x" * 150, "Änne")


def test_null_clears(ann: Person) -> None:
    ann.ask("PATCH", "/me", json={"bio": "x", "display_name": "y"})
    cleared = ann.ask("PATCH", "/me", json={"bio": None, "display_name": None}).json()
    assert cleared == {"bio": "", "display_name": ann.username}
    assert ann.get("/me").json()["bio"] == ""


def test_a_bio_has_up_to_150_characters_after_nfc(ann: Person) -> None:
    assert ann.ask("PATCH", "/me", json={"bio": "e\u0301" * 150}).json() == {"bio": "é" * 150}
    assert_problem(ann.ask("PATCH", "/me", json={"bio": "x" * 151}), 422, "validation_failed")


def test_a_profile_is_found_by_id_and_by_name_in_any_case(ann: Person, ben: Person) -> None:
    profile = ben.after(ann).get(f"/users/{ann.id}").json()
    assert profile["user_id"] == ann.id
    assert "email" not in profile
    assert "created_at" not in profile
    for name in (ann.username, ann.username.upper(), ann.username.lower()):
        assert ben.get(f"/users/@{name}").json() == profile


def test_strangers_see_profiles_without_what_a_viewer_would(http: httpx.Client, ann: Person, ben: Person) -> None:
    ben.post(f"/follow/{ann.id}")
    seen = ben.get(f"/users/{ann.id}").json()
    viewers = ("followed_by_viewer", "follows_viewer", "blocked_by_viewer")
    assert [seen[name] for name in viewers] == [True, False, False]
    strangers = http.get(f"/users/{ann.id}").json()
    assert strangers == {**seen, **dict.fromkeys(viewers)}


@pytest.mark.parametrize("user", ["ac_00000000000", "@nobody.at.all", "@", "me", "po_00000000000"])
def test_nobody_is_not_found(http: httpx.Client, user: str) -> None:
    assert_problem(http.get(f"/users/{user}"), 404, "not_found")


@pytest.mark.parametrize(("method", "path"), [("GET", "/me"), ("PATCH", "/me")])
def test_the_own_profile_needs_a_token(http: httpx.Client, method: str, path: str) -> None:
    assert_problem(http.request(method, path), 401, "token_invalid")


def test_counts_on_a_profile_follow_what_was_done(people: MakePerson) -> None:
    star, fan = people("star"), people("fan")
    fan.post(f"/follow/{star.id}")
    star.publish()
    profile = fan.after(star).get(f"/users/{star.id}").json()
    assert (profile["post_count"], profile["follower_count"], profile["following_count"]) == (1, 1, 0)
    assert fan.get("/me").json()["following_count"] == 1


def test_a_profile_that_was_looked_at_before_counts_what_came_since(ann: Person, ben: Person) -> None:
    assert counts(ann.get("/me")) == counts(ben.after(ann).get(f"/users/{ann.id}")) == (0, 0)
    ann.publish()
    ben.post(f"/follow/{ann.id}")
    ann.after(ben)
    assert counts(ann.get("/me")) == counts(ben.after(ann).get(f"/users/{ann.id}")) == (1, 1)


def counts(profile: httpx.Response) -> tuple[int, int]:
    """Posts and followers."""
    return profile.json()["post_count"], profile.json()["follower_count"]
