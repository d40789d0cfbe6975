"""Addresses: confirmed by a token that is mailed there, changed once that is done, and shown to nobody else."""

import base64
import re
from collections.abc import Mapping

import httpx
import pytest

from commands.limits import STATED
from infra.http import routes
from tests.e2e.conftest import MakePerson
from tests.e2e.mailbox import Mailbox
from tests.e2e.people import PASSWORD, Person, assert_problem, fields, log_in


def address(person: Person) -> str:
    return f"{person.username}@example.org"


def another(person: Person, name: str = "new") -> str:
    return f"{person.username}.{name}@example.com"


def change(person: Person, email: str, password: str = PASSWORD, **headers: str) -> httpx.Response:
    return person.post("/me/email", {"email": email, "password": password}, **headers)


def confirm(person: Person, token: str, **headers: str) -> httpx.Response:
    return person.post("/me/email/confirm", {"token": token}, **headers)


def shown(person: Person) -> tuple[str, bool]:
    me = person.get("/me").json()
    return me["email"], me["email_verified"]


def test_who_signs_up_is_mailed_a_token_that_confirms_the_address(ann: Person, mailbox: Mailbox) -> None:
    assert shown(ann) == (address(ann), False)
    answer = confirm(ann, mailbox.token(address(ann)))
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Log-Position"]
    assert shown(ann) == (address(ann), True)


def test_another_address_counts_once_it_is_confirmed(ann: Person, mailbox: Mailbox) -> None:
    answer = change(ann, another(ann))
    assert (answer.status_code, answer.content) == (202, b"")
    assert shown(ann) == (address(ann), False)
    assert confirm(ann, mailbox.token(another(ann))).status_code == 204
    assert shown(ann) == (another(ann), True)


def test_a_profile_that_changes_keeps_its_confirmed_address(ann: Person, mailbox: Mailbox) -> None:
    assert change(ann, another(ann)).status_code == 202
    assert confirm(ann, mailbox.token(another(ann))).status_code == 204
    assert ann.ask("PATCH", "/me", json={"bio": "Hi"}).status_code == 200
    assert shown(ann) == (another(ann), True)
    assert ann.get("/me").json()["bio"] == "Hi"


def test_a_token_that_comes_again_is_no_news(ann: Person, mailbox: Mailbox) -> None:
    token = mailbox.token(address(ann))
    first = confirm(ann, token, Idempotency_Key="k")
    assert [first.status_code, confirm(ann, token).status_code] == [204, 204]
    again = confirm(ann, token, Idempotency_Key="k")
    assert (again.status_code, again.headers["Log-Position"]) == (204, first.headers["Log-Position"])


def test_a_token_does_not_undo_what_was_confirmed_after_it_was_sent(ann: Person, mailbox: Mailbox) -> None:
    for name in ("one", "two"):
        assert change(ann, another(ann, name)).status_code == 202
    one, two = mailbox.token(another(ann, "one")), mailbox.token(another(ann, "two"))
    assert confirm(ann, two).status_code == 204
    for late in (one, mailbox.token(address(ann))):
        assert fields(assert_problem(confirm(ann, late), 422, "validation_failed")) == ["token"]
    assert shown(ann) == (another(ann, "two"), True)


def test_a_token_is_for_the_account_that_asked(ann: Person, ben: Person, mailbox: Mailbox) -> None:
    token = mailbox.token(address(ann))
    assert fields(assert_problem(confirm(ben, token), 422, "validation_failed")) == ["token"]
    assert shown(ben) == (address(ben), False)


@pytest.mark.parametrize("token", ["", "x", "1.2.3", "9999999999999.0.AAAA.00", "...", "ü.0.x.y", "9" * 4_000])
def test_what_was_never_sent_confirms_nothing(ann: Person, token: str) -> None:
    assert fields(assert_problem(confirm(ann, token), 422, "validation_failed")) == ["token"]


def test_a_token_that_was_changed_anywhere_confirms_nothing(ann: Person, mailbox: Mailbox) -> None:
    token = mailbox.token(address(ann))
    expires_at, turn, sealed, mac = token.split(".")
    forged = [
        f"{int(expires_at) + 1}.{turn}.{sealed}.{mac}",
        f"{expires_at}.{int(turn) + 1}.{sealed}.{mac}",
        f"{expires_at}.{turn}.{sealed[:-1]}{'A' if sealed[-1] != 'A' else 'B'}.{mac}",
        f"{expires_at}.{turn}.{sealed}.{mac[:-1]}{'0' if mac[-1] != '0' else '1'}",
    ]
    for one in forged:
        assert_problem(confirm(ann, one), 422, "validation_failed")
    assert confirm(ann, token).status_code == 204


def test_a_token_says_nothing_of_the_address(ann: Person, mailbox: Mailbox) -> None:
    token = mailbox.token(address(ann))
    sealed = token.split(".")[2]
    for said in (token.encode(), base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))):
        assert b"example" not in said
        assert ann.username.encode() not in said


def test_a_wrong_password_mails_nothing_and_counts_as_a_failed_log_in(
    http: httpx.Client, people: MakePerson, mailbox: Mailbox
) -> None:
    ann = people("Guessed")
    for turn in range(STATED.failed_log_ins):
        wrong = change(ann, another(ann), f"guess {turn}")
        assert fields(assert_problem(wrong, 422, "validation_failed")) == ["password"]
    assert_problem(change(ann, another(ann)), 429, "rate_limited")
    assert_problem(log_in(http, ann.username), 429, "rate_limited")
    mailbox.token(address(ann))
    assert mailbox.to(another(ann)) == []


def test_an_account_asks_only_for_so_many_mails(ann: Person, mailbox: Mailbox) -> None:
    mailbox.token(address(ann))
    for turn in range(STATED.confirmation_mails - 1):
        assert change(ann, another(ann, str(turn))).status_code == 202
    answer = change(ann, another(ann, "more"))
    assert_problem(answer, 429, "rate_limited")
    assert answer.headers["X-RateLimit-Limit"] == str(STATED.confirmation_mails)
    assert mailbox.to(another(ann, "more")) == []


@pytest.mark.parametrize("email", ["", "x", "x@y", "a b@example.org", "a@example.org\nBcc: b@example.org", None])
def test_what_is_no_address_is_refused(ann: Person, email: str) -> None:
    assert fields(assert_problem(change(ann, email), 422, "validation_failed")) == ["email"]


@pytest.mark.parametrize("email", ["a,b@example.org", "<a>b@example.org", "a;b@example.org", '"a@example.org'])
def test_an_address_that_could_be_read_as_several_is_mailed_nothing(ann: Person, email: str) -> None:
    assert fields(assert_problem(change(ann, email), 422, "validation_failed")) == ["email"]


def test_a_mail_can_be_read_by_its_owner_alone(ann: Person, mailbox: Mailbox) -> None:
    mailbox.token(address(ann))
    for path in (mailbox.folder, *mailbox.folder.iterdir()):
        assert path.stat().st_mode & 0o077 == 0
        assert ann.username not in path.name


@pytest.mark.parametrize("path", ["/me/email", "/me/email/confirm"])
def test_without_a_token_nobody_has_an_address(http: httpx.Client, path: str) -> None:
    body = {"email": "a@example.org", "password": PASSWORD, "token": "x"}
    assert_problem(http.post(path, json=body), 401, "token_invalid")


def reads() -> list[str]:
    """Every path that answers GET."""
    return sorted(path for path, route in routes.every() if "GET" in (route.methods or ()))


def filled(path: str, names: Mapping[str, str]) -> str:
    return re.sub(r"{(\w+)(:\w+)?}", lambda name: names[name[1]], path)


def test_an_address_is_in_no_answer_but_its_owners_me(http: httpx.Client, ann: Person, ben: Person) -> None:
    post = ann.publish(caption="Hello")
    comment = ben.after(ann).post(f"/posts/{post}/comments", {"text": "Hi"}).json()
    ben.post(f"/likes/{post}")
    ben.post(f"/follow/{ann.id}")
    ann.post(f"/follow/{ben.id}")
    known: dict[str, str] = {
        "post_id": post,
        "comment_id": comment["comment_id"],
        "tag": "hello",
        "session_id": "se_00000000000",
        "avatar_id": "av_00000000000",
    }
    users = (ann.id, f"@{ann.username}", ben.id)
    paths = [filled(path, {**known, "user_id": user}) for path in reads() for user in users]
    assert f"/users/{ann.id}" in paths
    assert f"/posts/{post}/comments" in paths
    told = set()
    for path in dict.fromkeys(paths):
        for viewer, answer in ((None, http.get(path)), (ann, ann.after(ben).get(path)), (ben, ben.get(path))):
            assert answer.status_code < 500, path
            said = answer.text + str(answer.headers)
            if "@example." in said:
                assert viewer is not None, path
                assert re.findall(r"[\w.]+@example\.\w+", said) == [address(viewer)], path
                told.add(path)
    assert told == {"/me"}
