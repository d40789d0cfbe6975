"""One's own sessions: listing and ending them, and another password, which ends those of whoever knows the old one."""

import httpx
import pytest

from commands.limits import STATED
from tests.e2e.conftest import MakePerson
from tests.e2e.people import PASSWORD, Person, assert_problem, fields, log_in, refresh
from tests.e2e.test_api_accounts import TIMESTAMP

NEW = "another battery staple"


def sessions(person: Person) -> list[dict[str, object]]:
    answer = person.get("/me/sessions")
    assert answer.status_code == 200, answer.text
    assert (answer.headers["Cache-Control"], answer.headers["Vary"]) == ("private, no-cache", "Authorization")
    assert set(answer.json()) == {"sessions"}
    return list(answer.json()["sessions"])


def session_of(tokens: dict[str, str]) -> str:
    return tokens["refresh_token"].partition(".")[0]


def change(person: Person, current: str = PASSWORD, new: str = NEW, **headers: str) -> httpx.Response:
    return person.post("/me/password", {"current": current, "new": new}, **headers)


def test_sessions_are_listed_newest_first_and_hold_no_secret(http: httpx.Client, ann: Person, ben: Person) -> None:
    phone = log_in(http, ann.username).json()
    first, second = sessions(ann)
    assert [first["session_id"], second["session_id"]] == [session_of(phone), session_of(ann.tokens)]
    assert (first["current"], second["current"]) == (False, True)
    for session in (first, second):
        assert set(session) == {"session_id", "opened_at", "last_used_at", "expires_at", "current"}
        assert all(TIMESTAMP.fullmatch(str(session[name])) for name in ("opened_at", "last_used_at", "expires_at"))
    assert [session["session_id"] for session in sessions(ben)] == [session_of(ben.tokens)]


def test_a_refresh_is_a_use_of_the_session_and_moves_its_end(http: httpx.Client, ann: Person) -> None:
    (before,) = sessions(ann)
    assert before["last_used_at"] == before["opened_at"]
    assert refresh(http, ann.tokens["refresh_token"]).status_code == 200
    (after,) = sessions(ann)
    assert after["opened_at"] == before["opened_at"]
    assert str(after["last_used_at"]) > str(before["last_used_at"])
    assert str(after["expires_at"]) > str(before["expires_at"])


def test_ending_a_session_ends_its_refresh_tokens_and_no_other(http: httpx.Client, ann: Person) -> None:
    phone = log_in(http, ann.username).json()
    for _ in range(2):
        answer = ann.delete(f"/me/sessions/{session_of(phone)}")
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["Log-Position"]
    assert refresh(http, phone["refresh_token"]).status_code == 400
    assert [session["session_id"] for session in sessions(ann)] == [session_of(ann.tokens)]
    assert refresh(http, ann.tokens["refresh_token"]).status_code == 200


def test_the_own_session_can_be_ended_too(http: httpx.Client, ann: Person) -> None:
    assert ann.delete(f"/me/sessions/{session_of(ann.tokens)}").status_code == 204
    assert refresh(http, ann.tokens["refresh_token"]).status_code == 400
    assert sessions(ann) == []


def test_anothers_session_and_an_unknown_one_are_not_found_alike(http: httpx.Client, ann: Person, ben: Person) -> None:
    others, unknown = ben.delete(f"/me/sessions/{session_of(ann.tokens)}"), ben.delete("/me/sessions/se_00000000000")
    assert assert_problem(others, 404, "not_found") == assert_problem(unknown, 404, "not_found")
    assert refresh(http, ann.tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/me/sessions"), ("DELETE", "/me/sessions/se_1"), ("POST", "/me/password")]
)
def test_without_a_token_nothing_of_this_is_answered(http: httpx.Client, method: str, path: str) -> None:
    assert_problem(http.request(method, path, json={"current": "x", "new": NEW}), 401, "token_invalid")


def test_another_password_logs_in_and_ends_the_other_sessions(http: httpx.Client, ann: Person, ben: Person) -> None:
    phone = log_in(http, ann.username).json()
    answer = change(ann)
    assert (answer.status_code, answer.content) == (204, b"")
    assert refresh(http, phone["refresh_token"]).status_code == 400
    assert [session["session_id"] for session in sessions(ann)] == [session_of(ann.tokens)]
    assert refresh(http, ann.tokens["refresh_token"]).status_code == 200
    assert log_in(http, ann.username).status_code == 400
    assert log_in(http, ann.username, NEW).status_code == 200
    assert refresh(http, ben.tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize(("new", "wrong"), [("x" * 7, "new"), ("x" * 129, "new")])
def test_a_new_password_is_as_long_as_one_at_sign_up(ann: Person, new: str, wrong: str) -> None:
    assert fields(assert_problem(change(ann, new=new), 422, "validation_failed")) == [wrong]


def test_a_wrong_current_password_changes_nothing(http: httpx.Client, ann: Person) -> None:
    problem = assert_problem(change(ann, current="not the password"), 422, "validation_failed")
    assert fields(problem) == ["current"]
    assert log_in(http, ann.username).status_code == 200


def test_a_password_is_changed_once_under_a_key(http: httpx.Client, ann: Person) -> None:
    first = change(ann, Idempotency_Key="k")
    assert first.status_code == 204
    again = change(ann, Idempotency_Key="k")
    assert (again.status_code, again.headers["Log-Position"]) == (204, first.headers["Log-Position"])
    assert_problem(change(ann), 422, "validation_failed")
    assert log_in(http, ann.username, NEW).status_code == 200


def test_guessing_by_way_of_the_password_change_locks_log_in_and_the_other_way_round(
    http: httpx.Client, people: MakePerson
) -> None:
    ann = people("Guessed")
    for turn in range(STATED.failed_log_ins):
        name = ann.username.upper() if turn % 3 else ann.username.lower()
        wrong = change(ann, current=f"guess {turn}") if turn % 2 else log_in(http, name, f"guess {turn}")
        assert wrong.status_code in (400, 422)
    for answer in (change(ann), log_in(http, ann.username), log_in(http, ann.username.upper())):
        assert_problem(answer, 429, "rate_limited")
        assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60
        assert (answer.headers["X-RateLimit-Limit"], answer.headers["X-RateLimit-Remaining"]) == ("10", "0")
        assert int(answer.headers["X-RateLimit-Reset"]) > 1_700_000_000
    assert refresh(http, ann.tokens["refresh_token"]).status_code == 200, "sessions that are open go on"


def test_a_log_in_that_succeeds_does_not_give_a_guesser_new_attempts(http: httpx.Client, people: MakePerson) -> None:
    ann = people("Guessed")
    for turn in range(STATED.failed_log_ins - 1):
        assert log_in(http, ann.username, f"guess {turn}").status_code == 400
    assert log_in(http, ann.username).status_code == 200
    assert log_in(http, ann.username, "the last guess").status_code == 400
    assert_problem(log_in(http, ann.username), 429, "rate_limited")
