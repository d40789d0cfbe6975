"""What people say and who they are is in no log of any process, whatever they do and whatever is refused."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import MakePerson
from tests.e2e.mailbox import Mailbox
from tests.e2e.people import log_in, refresh

WORDS = "zanzibar quokka"
LONG = WORDS * 200


@pytest.fixture(scope="module")
def logs(backend: str, shared_url: str, request: pytest.FixtureRequest) -> list[Path]:
    """The logs of every process that serves."""
    server = request.getfixturevalue(f"shared_{backend}")
    return [server.log] if backend == "embedded" else sorted(server.folder.glob("*.log"))


def test_nothing_that_people_say_is_in_a_log(
    http: httpx.Client, people: MakePerson, mailbox: Mailbox, logs: list[Path]
) -> None:
    ann = people("Quokkanzibar")
    email = f"{ann.username}@example.org"
    token = mailbox.token(email)
    said: dict[str, Any] = {"caption": WORDS, "alt_text": WORDS, "tags": ["quokkatag"], "filename": f"{WORDS}.jpg"}
    post = ann.publish(**said)
    ann.post(f"/posts/{post}/comments", {"text": WORDS})
    ann.ask("PATCH", "/me", json={"bio": WORDS, "display_name": WORDS})
    ann.post("/me/email/confirm", {"token": token})
    refused = [
        ann.post("/posts", {**said, "caption": LONG, "size_bytes": WORDS, "content_type": 7}),
        ann.post(f"/posts/{post}/comments", {"text": LONG}),
        ann.ask("PATCH", "/me", json={"bio": LONG}),
        ann.post("/me/email", {"email": WORDS, "password": WORDS}),
        ann.post("/me/email", {"email": f"x,{email}", "password": "correct horse"}),
        ann.post("/me/email/confirm", {"token": token[:-1]}),
        ann.post("/me/password", {"current": WORDS, "new": WORDS}),
        ann.ask(
            "POST", "/posts", headers={"Content-Type": "application/json"}, content=f'{{"caption": "{WORDS}'.encode()
        ),
        http.post("/accounts", json={"username": WORDS, "password": WORDS, "email": WORDS}),
        http.post("/accounts", json={"username": ann.username, "password": WORDS, "email": email}),
        log_in(http, ann.username, WORDS),
        refresh(http, f"{ann.tokens['refresh_token']}x"),
        http.get(f"/users/@{ann.username}x"),
        http.get("/me", headers={"Authorization": f"Bearer {WORDS}"}),
    ]
    assert [answer.status_code for answer in refused if not 400 <= answer.status_code < 500] == []
    for answer in refused:
        assert WORDS not in answer.text
    secrets = ("zanzibar", "quokka", email, token, *ann.tokens.values())
    assert logs
    for log in logs:
        written = log.read_text().lower()
        assert [secret for secret in secrets if str(secret).lower() in written and secret not in (900, "Bearer")] == []
