"""Logging in, refreshing, revoking: OAuth 2.0's forms and errors, and what a stolen token is worth."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import httpx
import pytest

from commands.limits import STATED
from tests.e2e.people import PASSWORD, Person, assert_problem, log_in, refresh


def invalid_grant(answer: httpx.Response) -> bool:
    """RFC 6749, 5.2."""
    assert answer.headers["Content-Type"] == "application/json"
    return answer.status_code == 400 and answer.json()["error"] == "invalid_grant"


def signed_in(ann: Person, access_token: str) -> bool:
    return ann.ask("GET", "/me", headers={"Authorization": f"Bearer {access_token}"}).status_code == 200


def test_logging_in_gives_a_pair_of_tokens(http: httpx.Client, ann: Person) -> None:
    answer = log_in(http, ann.username)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    tokens = answer.json()
    assert set(tokens) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 900)
    assert signed_in(ann, tokens["access_token"])


def test_usernames_log_in_whatever_their_case(http: httpx.Client, ann: Person) -> None:
    assert log_in(http, ann.username.upper()).status_code == 200


def test_a_wrong_password_and_an_unknown_name_are_refused_alike(http: httpx.Client, ann: Person) -> None:
    wrong, unknown = log_in(http, ann.username, "not the password"), log_in(http, "nobody.at.all")
    assert invalid_grant(wrong)
    assert wrong.json() == unknown.json()


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password"}, "invalid_request"),
        ({"grant_type": "password", "username": "x"}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "nonsense"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "a.b.c"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "ü.."}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "x" * 2_000}, "invalid_request"),
        ({"grant_type": "password", "username": "x" * 2_000, "password": "y" * 2_000}, "invalid_request"),
    ],
)
def test_what_cannot_be_granted_is_an_oauth_error(http: httpx.Client, form: dict[str, str], error: str) -> None:
    answer = http.post("/oauth/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.headers["Cache-Control"] == "no-store"


def test_refreshing_rotates(http: httpx.Client, ann: Person) -> None:
    tokens = [ann.tokens["refresh_token"]]
    for _ in range(3):
        answer = refresh(http, tokens[-1])
        assert answer.status_code == 200
        assert signed_in(ann, answer.json()["access_token"])
        tokens.append(answer.json()["refresh_token"])
    assert len(set(tokens)) == 4


def test_a_lost_answer_may_be_asked_for_again(http: httpx.Client, ann: Person) -> None:
    first = ann.tokens["refresh_token"]
    lost, again = refresh(http, first).json(), refresh(http, first).json()
    assert lost["refresh_token"] != again["refresh_token"]
    for tab in (again, lost):
        assert refresh(http, tab["refresh_token"]).status_code == 200


def test_of_nine_uses_at_once_eight_get_a_pair_and_the_ninth_ends_nothing(http: httpx.Client, ann: Person) -> None:
    with ThreadPoolExecutor(9) as tabs:
        answers = list(tabs.map(lambda _: refresh(http, ann.tokens["refresh_token"]), range(9)))
    given = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(given) == 8
    assert [invalid_grant(answer) for answer in answers if answer.status_code != 200] == [True]
    for tokens in given:
        assert refresh(http, tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_revoking_a_token_of_either_kind_ends_its_family(http: httpx.Client, ann: Person, kind: str) -> None:
    next_pair = refresh(http, ann.tokens["refresh_token"]).json()
    assert http.post("/oauth/revoke", data={"token": ann.tokens[kind]}).status_code == 200
    assert invalid_grant(refresh(http, next_pair["refresh_token"]))


@pytest.mark.parametrize(
    "charset", ["unicode_escape", "undefined", "idna", "utf-7", "utf-16", "raw_unicode_escape", "punycode", "none-such"]
)
@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke"])
def test_a_form_in_no_charset_of_ours_is_refused(http: httpx.Client, path: str, charset: str) -> None:
    field = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    said = {b"grant_type": b"password", b"username": b"\\ud83d", b"password": b"\\ud83d", b"token": b"\\ud83d"}
    body = b"".join(field % part for part in said.items()) + b"--b--\r\n"
    answer = http.post(
        path, content=body, headers={"Content-Type": f"multipart/form-data; boundary=b; charset={charset}"}
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert assert_problem(answer, 400, "bad_request")


def test_a_form_in_utf_8_is_read_whatever_is_said_of_it(http: httpx.Client, ann: Person) -> None:
    form = {"grant_type": "password", "username": ann.username, "password": PASSWORD}
    for said in ("application/x-www-form-urlencoded; charset=UTF-8", "application/x-www-form-urlencoded"):
        answer = http.post("/oauth/token", content=urlencode(form), headers={"Content-Type": said})
        assert answer.status_code == 200
    assert http.post("/oauth/token", data=form, files={"x": b""}).status_code == 200


def test_whatever_is_refused_under_oauth_has_an_error(http: httpx.Client) -> None:
    too_large = http.post("/oauth/token", data={"password": "x" * 70_000})
    assert (too_large.status_code, too_large.json()["error"]) == (400, "invalid_request")
    larger = http.post("/oauth/token", data={"password": "x" * 300_000})
    for answer in (http.get("/oauth/token"), http.post("/oauth/nothing"), larger):
        assert answer.status_code in (404, 405, 413)
        assert answer.json()["error"] == "invalid_request"
        assert answer.json()["code"] in ("not_found", "method_not_allowed", "too_large")


def test_a_made_up_token_ends_nobodys_session(http: httpx.Client, ann: Person) -> None:
    session = ann.tokens["refresh_token"].partition(".")[0]
    for forged in (f"{session}.x", f"{session}.x.y", session, ann.tokens["refresh_token"] + "0"):
        assert invalid_grant(refresh(http, forged))
        assert http.post("/oauth/revoke", data={"token": forged}).status_code == 200
    assert refresh(http, ann.tokens["refresh_token"]).status_code == 200


def test_revoking_ends_the_family_and_is_never_an_error(http: httpx.Client, ann: Person) -> None:
    other = log_in(http, ann.username).json()["refresh_token"]
    for token in (ann.tokens["refresh_token"], ann.tokens["refresh_token"], "nonsense"):
        answer = http.post("/oauth/revoke", data={"token": token})
        assert (answer.status_code, answer.content) == (200, b"")
    assert invalid_grant(refresh(http, ann.tokens["refresh_token"]))
    assert refresh(http, other).status_code == 200, "another log-in is another family"


@pytest.mark.parametrize(
    "authorization", ["Bearer nonsense", "Bearer", "Bearer a.b.c", "bearer eyJhbGciOiJub25lIn0.e30."]
)
@pytest.mark.parametrize("path", ["/me", "/feed", "/users/@somebody"])
def test_a_bad_token_is_refused_also_where_none_is_needed(http: httpx.Client, authorization: str, path: str) -> None:
    answer = http.get(path, headers={"Authorization": authorization})
    assert_problem(answer, 401, "token_invalid")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_revoking_nothing_is_an_oauth_error(http: httpx.Client) -> None:
    answer = http.post("/oauth/revoke", data={})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_without_a_token_the_challenge_names_no_error(http: httpx.Client) -> None:
    answer = http.get("/feed")
    assert_problem(answer, 401, "token_invalid")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_too_many_failed_log_ins_lock_a_name_for_a_while(http: httpx.Client, ann: Person, ben: Person) -> None:
    for _ in range(STATED.failed_log_ins):
        assert invalid_grant(log_in(http, ann.username, "not the password"))
    for name, password in ((ann.username, "not the password"), (ann.username.upper(), PASSWORD)):
        answer = log_in(http, name, password)
        assert_problem(answer, 429, "rate_limited")
        assert answer.json()["error"] == "temporarily_unavailable"
        assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60
        assert answer.headers["X-RateLimit-Limit"] == str(STATED.failed_log_ins)
        assert answer.headers["X-RateLimit-Remaining"] == "0"
        assert int(answer.headers["X-RateLimit-Reset"]) > 1_700_000_000
    assert log_in(http, ben.username).status_code == 200
    assert signed_in(ann, ann.tokens["access_token"]), "sessions that are open go on"
