"""Text of every script and of none, in every place of a request: what is taken, what is kept, what never gets far."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import MakePerson
from tests.e2e.people import PASSWORD, Person, assert_problem, fields

LONE, NUL = "\\ud83d", "\\u0000"
"""As JSON writes them."""
IN_A_URL = ("%00", "a%00b", "%ED%A0%BD", "%FF", "%F0%9F", "%E2%84%AA")
BODIES = "user_id token filename content_type caption alt_text text username password email".split()  # noqa: SIM905


def operations(http: httpx.Client) -> Iterator[tuple[str, str]]:
    """Method and path of everything that is answered, apart from what ends a session or an account."""
    for path, methods in http.get("/openapi.json").json()["paths"].items():
        for method in methods:
            if path not in ("/oauth/revoke", "/me/password"):
                yield method.upper(), path


def everything_in_json(bad: str) -> bytes:
    """A body that has this text in each field that any body has."""
    said = ", ".join(f'"{name}": "{bad}"' for name in BODIES)
    return f'{{{said}, "tags": ["{bad}"], "size_bytes": 9}}'.encode()


@pytest.mark.parametrize("bad", IN_A_URL)
def test_no_path_and_no_query_with_broken_text_is_more_than_refused(http: httpx.Client, ann: Person, bad: str) -> None:
    for method, path in operations(http):
        for given in (bad, f"@{bad}"):
            url = re.sub(r"\{\w+\}", given, path)
            answer = ann.ask(method, f"{url}?cursor={bad}&limit={bad}&q={bad}")
            assert answer.status_code < 500, (method, url, answer.text)


@pytest.mark.parametrize("bad", [LONE, NUL, f"a{LONE}b" * 8])
def test_no_body_with_broken_text_is_more_than_refused(http: httpx.Client, ann: Person, bad: str) -> None:
    ours = ann.publish()
    for method, path in operations(http):
        url = path.replace("{post_id}", ours).replace("{user_id}", ann.id)
        if "{" in url or method in ("GET", "DELETE"):
            continue
        answer = ann.ask(method, url, headers={"Content-Type": "application/json"}, content=everything_in_json(bad))
        assert answer.status_code < 500, (method, url, answer.text)


@pytest.mark.parametrize("bad", ["Ã¼", "\x7f", "ÿ" * 100, "€".encode().decode("latin-1")])
def test_no_header_is_more_than_refused(http: httpx.Client, ann: Person, bad: str) -> None:
    for method, path in operations(http):
        for name in ("Idempotency-Key", "At-Least-Position", "Authorization"):
            headers = {key.encode(): value.encode("latin-1") for key, value in {**ann.bearer, name: bad}.items()}
            answer = http.request(method, path, headers=headers)
            assert answer.status_code < 500, (method, path, name, answer.text)


@pytest.mark.parametrize("bad", [LONE, NUL])
def test_a_follow_of_broken_text_is_refused_by_its_field(ann: Person, bad: str) -> None:
    sent = f'{{"user_id": "{bad}"}}'.encode()
    answer = ann.ask("POST", "/follows", headers={"Content-Type": "application/json"}, content=sent)
    assert fields(assert_problem(answer, 422, "validation_failed")) == ["user_id"]


@pytest.mark.parametrize("list_name", ["", "/followers", "/following", "/feed"])
def test_a_letter_that_looks_like_a_k_finds_nobody(http: httpx.Client, people: MakePerson, list_name: str) -> None:
    kelly = people("kelly")
    assert kelly.get(f"/users/@{kelly.username.upper()}{list_name}").status_code == 200
    for other in (f"\u212a{kelly.username[1:]}", f"{kelly.username}\u0301", f"{kelly.username} "):
        assert_problem(http.get(f"/users/@{other}{list_name}?limit=1"), 404, "not_found")


def test_a_letter_that_looks_like_a_k_logs_nobody_in(http: httpx.Client, people: MakePerson) -> None:
    kelly = people("kelly")
    form = {"grant_type": "password", "username": f"\u212a{kelly.username[1:]}", "password": PASSWORD}
    answer = http.post("/oauth/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("email", ["me.@example.org", "me@example", "Ann <ann@example.org>", "me@-x.org"])
def test_one_rule_for_addresses_wherever_one_is_given(http: httpx.Client, ann: Person, email: str) -> None:
    account = {"username": "mailless", "password": PASSWORD, "email": email}
    assert fields(assert_problem(http.post("/accounts", json=account), 422, "validation_failed")) == ["email"]
    changed = ann.post("/me/email", {"email": email, "password": PASSWORD})
    assert fields(assert_problem(changed, 422, "validation_failed")) == ["email"]


@pytest.mark.parametrize("blank", [" ", "\u200b\u200d", "\u3164", "\u2800 ", "\ufe0f"])
def test_text_that_shows_nothing_is_refused_where_it_is_to_be_seen(http: httpx.Client, ann: Person, blank: str) -> None:
    post = ann.publish(caption=blank)
    comment = ann.post(f"/posts/{post}/comments", {"text": blank})
    assert fields(assert_problem(comment, 422, "validation_failed")) == ["text"]
    named = ann.ask("PATCH", "/me", json={"display_name": blank})
    assert fields(assert_problem(named, 422, "validation_failed")) == ["display_name"]
    account = {"username": "nameless", "password": PASSWORD, "email": "a@example.org", "display_name": blank}
    assert fields(assert_problem(http.post("/accounts", json=account), 422, "validation_failed")) == ["display_name"]


def test_tags_are_whole_words_of_any_script_whichever_way_they_are_given(ann: Person) -> None:
    caption = "#हिन्दी #தமிழ் #İstanbul ＃夏 https://example.org/a/#part it&#x27;s"
    found = ["हिन्दी", "தமிழ்", "i\u0307stanbul", "夏"]
    by_caption = ann.get(f"/posts/{ann.publish(caption=caption)}").json()
    by_tags = ann.get(f"/posts/{ann.publish(tags=['हिन्दी', 'தமிழ்', 'İstanbul', '＃夏'])}").json()
    assert by_caption["tags"] == by_tags["tags"] == found


def test_a_caption_gives_its_first_thirty_hashtags(ann: Person) -> None:
    caption = " ".join(f"#t{number}" for number in range(300))
    post = ann.publish(caption=caption, tags=["own"])
    assert ann.get(f"/posts/{post}").json()["tags"] == ["own", *(f"t{number}" for number in range(30))]


def test_a_place_just_below_zero_is_at_zero(ann: Person) -> None:
    card = ann.get(f"/posts/{ann.publish(location={'lat': -0.0001, 'lon': -0.0})}")
    assert card.json()["location"] == {"lat": 0.0, "lon": 0.0}
    assert "-0.0" not in card.text


@pytest.mark.parametrize("said", ["IMAGE/JPEG", "image/jpg"])
def test_a_jpeg_is_one_however_its_type_is_written(ann: Person, said: str) -> None:
    reserved = ann.reserve(content_type=said)
    assert {name.lower(): value for name, value in reserved["upload_headers"].items()}["content-type"] == "image/jpeg"
    assert ann.publish(content_type=said)


def test_a_422_always_has_errors(ann: Person) -> None:
    itself: dict[str, Any] = assert_problem(ann.post(f"/follow/{ann.id}"), 422, "cannot_follow_self")
    assert fields(itself) == ["user_id"]
    assert ann.ask("PATCH", "/me", headers={"Idempotency-Key": "k"}, json={"bio": "a"}).status_code == 200
    reused = ann.ask("PATCH", "/me", headers={"Idempotency-Key": "k"}, json={"bio": "b"})
    assert assert_problem(reused, 422, "idempotency_key_reused")["errors"] == []
