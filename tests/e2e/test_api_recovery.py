"""Another password by mail: constant answers, tokens that are good once, and the end of every session."""

import httpx
import pytest

from commands.limits import STATED
from tests.e2e.mailbox import Mailbox
from tests.e2e.people import PASSWORD, Person, assert_problem, fields, log_in, refresh

OTHER = "wrong donkey charger"


def address(person: Person) -> str:
    return f"{person.username}@example.org"


def ask(person: Person, email: str = "") -> httpx.Response:
    """Asks without a token for this address, or the person's own, from where the person has seen everything."""
    body, seen = {"email": email or address(person)}, {"At-Least-Position": person.position}
    return person.http.post("/accounts/recover", json=body, headers=seen)


def confirm(http: httpx.Client, token: str, password: str = OTHER, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.post("/accounts/recover/confirm", json={"token": token, "password": password}, headers=named)


@pytest.fixture
def token(ann: Person, mailbox: Mailbox) -> str:
    """What Ann was mailed when she had forgotten: her sign-up mailed the first."""
    assert ask(ann).status_code == 202
    return mailbox.token(address(ann), 2)


def test_who_reads_the_mail_chooses_another_password_and_ends_every_session(
    ann: Person, token: str, http: httpx.Client
) -> None:
    log_in(http, ann.username)
    answer = confirm(http, token)
    assert (answer.status_code, answer.content) == (204, b"")
    assert refresh(http, ann.tokens["refresh_token"]).status_code == 400
    assert log_in(http, ann.username, PASSWORD).status_code == 400
    again = log_in(http, ann.username, OTHER)
    assert again.status_code == 200
    ann.tokens = again.json()
    assert len(ann.get("/me/sessions").json()["sessions"]) == 1


def test_a_token_is_good_once_and_for_nothing_after_another_change(
    ann: Person, token: str, mailbox: Mailbox, http: httpx.Client
) -> None:
    assert confirm(http, token).status_code == 204
    assert fields(assert_problem(confirm(http, token, "yet another one"), 422, "validation_failed")) == ["token"]
    ask(ann, address(ann).upper().replace("EXAMPLE.ORG", "example.org"))
    late = mailbox.token(address(ann), 3)
    ann.tokens = log_in(http, ann.username, OTHER).json()
    assert ann.post("/me/password", {"current": OTHER, "new": "third password"}).status_code == 204
    assert fields(assert_problem(confirm(http, late), 422, "validation_failed")) == ["token"]
    assert log_in(http, ann.username, "third password").status_code == 200


def test_a_retry_under_its_key_is_answered_as_before(ann: Person, token: str, http: httpx.Client) -> None:
    for _ in range(2):
        assert confirm(http, token, Idempotency_Key="once").status_code == 204
    assert log_in(http, ann.username, OTHER).status_code == 200


def test_an_address_that_nobody_has_is_answered_as_any_other(ann: Person) -> None:
    known, unknown = ask(ann), ask(ann, f"no.{address(ann)}")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, b"")
    assert set(known.headers) == set(unknown.headers)
    assert fields(assert_problem(ask(ann, "nonsense"), 422, "validation_failed")) == ["email"]


def test_a_token_that_was_changed_or_made_up_is_none(ann: Person, ben: Person, token: str, http: httpx.Client) -> None:
    expires_at, account, mac = token.split(".")
    later = str(int(expires_at) + 1)
    wrong = [f"{later}.{account}.{mac}", f"{expires_at}.{ben.id}.{mac}", f"{expires_at}.{account}.{mac[::-1]}"]
    for made_up in [*wrong, "", "x", "..", "\u0661.x.y", token.replace(".", " ")]:
        assert fields(assert_problem(confirm(http, made_up), 422, "validation_failed")) == ["token"]
    assert fields(assert_problem(confirm(http, token, "short"), 422, "validation_failed")) == ["password"]
    assert log_in(http, ann.username, PASSWORD).status_code == 200


def test_an_account_is_mailed_only_so_often(ann: Person, ben: Person, mailbox: Mailbox) -> None:
    for _ in range(STATED.recovery_mails + 2):
        assert ask(ann).status_code == 202
    ask(ben)
    mailbox.token(address(ben), 2)  # a later request was served
    assert len(mailbox.to(address(ann))) == 1 + STATED.recovery_mails
