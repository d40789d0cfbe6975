"""Moderation, from a report to a verdict and back: what nobody sees any more, who is told, and what comes back."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from tests import photolog_here
from tests.e2e.conftest import MakePerson
from tests.e2e.mailbox import Mailbox
from tests.e2e.people import POLL_S, Person, assert_problem
from tests.pace import patient

WITHIN_S = 30.0
Photolog = Callable[..., Any]
EMBEDDED = pytest.mark.parametrize("backend", ["embedded"], indirect=True, scope="module")
"""Where the other backend would show nothing new: an operator's command takes seconds there."""


@pytest.fixture(scope="module")
def environment(backend: str, shared_url: str, request: pytest.FixtureRequest) -> Mapping[str, str]:
    """What an operator's command needs to find the shared site."""
    site = request.getfixturevalue(f"shared_{backend}")
    return {"PHOTOLOG_DATA": str(site.data)} if backend == "embedded" else site.members["worker-1"].environment


@pytest.fixture(scope="module")
def photolog(environment: Mapping[str, str]) -> Photolog:
    """What a moderator is told."""

    def run(*arguments: str, status: int = 0) -> Any:
        done = photolog_here.photolog(environment, "moderation", *arguments, "--json")
        assert done.exit_code == status, done.output
        return json.loads(done.stdout) if status == 0 else done.output

    return run


def until(true: Callable[[], bool]) -> None:
    """Of what an operator's command has done no position is known here."""
    deadline = time.monotonic() + patient(WITHIN_S)
    while not true():
        assert time.monotonic() < deadline
        time.sleep(POLL_S)


def kinds(person: Person) -> list[tuple[str, str | None, int]]:
    """What somebody is told."""
    told = person.get("/notifications").json()["notifications"]
    return [(one["kind"], one.get("post_id"), one["count"]) for one in told]


def entry(photolog: Photolog, about: str) -> dict[str, Any] | None:
    """The open case about this, if there is one."""
    return next((one for one in photolog("list", "--days", "1") if one["about_id"] == about), None)


def posts(person: Person, path: str) -> list[str]:
    return [card["post_id"] for card in person.get(path).json()["posts"]]


@pytest.mark.timeout(300)
def test_a_removed_post_is_seen_nowhere_and_comes_back_as_the_very_same(
    ann: Person, ben: Person, http: httpx.Client, photolog: Photolog, mailbox: Mailbox
) -> None:
    ben.after(ann).post(f"/follow/{ann.id}")
    ben.post(f"/bells/{ann.id}")
    older, post, newer = ann.after(ben).publish(), ann.publish(caption="Low tide #removal"), ann.publish()
    new = [("post", one, 1) for one in (newer, post, older)]
    assert kinds(ben.after(ann)) == new
    ben.post(f"/likes/{post}")
    comment = ben.post(f"/posts/{post}/comments", {"text": "Wow"}).json()["comment_id"]
    ann.after(ben)
    before = ben.get(f"/posts/{post}").json()
    picture = before["image_urls"]["full"]
    assert http.get(picture).status_code == 200
    ben.post("/reports", {"post_id": post, "reason": "spam", "text": "An advertisement"})
    until(lambda: entry(photolog, post) is not None)
    opened = entry(photolog, post)
    assert opened is not None
    assert (opened["kind"], opened["sources"], opened["reasons"]) == ("post", ["report"], ["spam"])

    assert photolog("remove", post, "--why", "It sells things")["news"]
    until(lambda: ben.get(f"/posts/{post}").status_code == 404)
    assert entry(photolog, post) is None
    until(lambda: posts(ben, f"/users/{ann.id}/feed") == [newer, older])
    until(lambda: posts(ben, "/feed") == [newer, older])
    until(lambda: posts(ben, "/hashtag/removal") == [])
    assert kinds(ben) == [new[0], new[2]]
    assert ben.get(f"/users/{ann.id}").json()["post_count"] == 2
    for refused in (ben.post(f"/likes/{post}"), ben.get(f"/posts/{post}/comments"), ann.get(f"/posts/{post}")):
        assert_problem(refused, 404, "not_found")
    assert {**ann.get(f"/posts/{post}/status").json()} == {"post_id": post, "status": "rejected", "reason": "blocked"}
    ann.ask("PATCH", f"/posts/{post}", json={"caption": "Seen again?"})
    assert ann.get(f"/posts/{post}").status_code == 404
    until(lambda: http.get(picture).status_code == 410)
    until(lambda: ("removed", post, 0) in kinds(ann))
    until(lambda: any("It sells things" in mail.get_content() for mail in mailbox.to(f"{ann.username}@example.org")))
    said = photolog("show", post)
    assert (said["status"], said["held"], [one["said"] for one in said["said"]]) == (
        "rejected",
        True,
        ["remove", "report"],
    )
    assert said["said"][0]["who"].startswith("system:operator:")
    assert photolog("remove", post, "--why", "Again")["news"] is False

    assert photolog("restore", post, "--why", "It does not")["news"]
    until(lambda: ben.get(f"/posts/{post}").status_code == 200)
    until(lambda: ben.get(f"/posts/{post}").json()["comment_count"] == 1)
    after = ben.get(f"/posts/{post}").json()
    assert {**after, "image_urls": 0, "sources": 0} == {**before, "image_urls": 0, "sources": 0}
    assert http.get(after["image_urls"]["full"]).content, "made again from the original, under another name"
    until(lambda: posts(ben, "/feed") == posts(ben, f"/users/{ann.id}/feed") == [newer, post, older])
    assert kinds(ben) == new, "where it was: it is no new one"
    assert ben.get(f"/users/{ann.id}").json()["post_count"] == 3
    until(lambda: posts(ben, "/hashtag/removal") == [post])
    assert [one["comment_id"] for one in ben.get(f"/posts/{post}/comments").json()["comments"]] == [comment]
    until(lambda: {"removed", "restored", "like", "comment"} <= {kind for kind, _, _ in kinds(ann)})
    assert "nothing to restore" in photolog("restore", older, "--why", "x", status=1)


@EMBEDDED
def test_a_removed_comment_is_not_counted_and_comes_back(ann: Person, ben: Person, photolog: Photolog) -> None:
    post = ann.publish()
    comment = ben.after(ann).post(f"/posts/{post}/comments", {"text": "Rude"}).json()["comment_id"]
    ann.after(ben).post("/reports", {"comment_id": comment, "reason": "hate"})
    until(lambda: entry(photolog, comment) is not None)
    photolog("remove", comment, "--why", "It is rude")
    until(lambda: ann.get(f"/posts/{post}").json()["comment_count"] == 0)
    assert ann.get(f"/posts/{post}/comments").json()["comments"] == []
    until(lambda: ("removed", post, 0) in kinds(ben))
    photolog("restore", comment, "--why", "It is not")
    until(lambda: ann.get(f"/posts/{post}").json()["comment_count"] == 1)
    (back,) = ann.get(f"/posts/{post}/comments").json()["comments"]
    assert (back["comment_id"], back["text"], back["user"]["user_id"]) == (comment, "Rude", ben.id)
    assert entry(photolog, comment) is None


@pytest.mark.timeout(300)
def test_a_suspended_account_reads_but_neither_writes_nor_is_seen(
    ann: Person, people: MakePerson, eve: Person, photolog: Photolog
) -> None:
    bad = people("bad")
    post = bad.publish(caption="#suspension")
    own = ann.publish()
    searches = ("/hashtag/suspension", "/search?q=suspension", f"/search?type=users&q={bad.username}")
    ann.after(bad).post(f"/follow/{bad.id}")
    bad.after(ann).post(f"/likes/{own}")
    bad.post(f"/posts/{own}/comments", {"text": "Mine"})
    ann.after(bad)
    assert ann.get("/feed").json()["posts"]
    assert all(bad.id in ann.ask("GET", path).text for path in searches)
    eve.after(ann).post("/reports", {"user_id": bad.id, "reason": "other"})
    until(lambda: entry(photolog, bad.id) is not None)

    photolog("suspend", f"{bad.username.upper()}", "--why", "A nuisance")
    until(lambda: eve.get(f"/users/{bad.id}").status_code == 404)
    until(lambda: bad.post(f"/likes/{own}").status_code == 403)
    assert_problem(
        bad.post("/posts", {"filename": "a", "content_type": "image/jpeg", "size_bytes": 9}), 403, "account_suspended"
    )
    assert_problem(bad.ask("PATCH", "/me", json={"bio": "x"}), 403, "account_suspended")
    for viewer in (ann, eve):
        for path in (f"/users/@{bad.username}", f"/users/{bad.id}/feed", f"/posts/{post}"):
            assert_problem(viewer.get(path), 404, "not_found")
        for path in (
            *(f"/posts/{own}/likes", f"/posts/{own}/comments", f"/users/{ann.id}/following", "/feed"),
            *searches,
        ):
            answer = viewer.ask("GET", path)
            assert answer.is_success
            assert bad.id not in answer.text
    assert bad.id not in ann.get("/notifications").text
    until(lambda: ann.post(f"/likes/{post}").status_code == 404)
    assert bad.get("/me").json()["username"] == bad.username, "it reads, and is told why"
    until(lambda: ("suspended", None, 0) in kinds(bad))
    newest = bad.get("/notifications").json()["notifications"][0]["notification_id"]
    assert bad.post("/notifications/read", {"up_to": newest}).status_code == 204

    photolog("reinstate", bad.id, "--why", "Sorry")
    until(lambda: eve.get(f"/users/{bad.id}").status_code == 200)
    until(lambda: bad.post(f"/posts/{own}/comments", {"text": "Thanks"}).status_code == 201)
    assert eve.get(f"/posts/{post}").status_code == 200
    assert [card["post_id"] for card in ann.get("/feed").json()["posts"]] == [post]
    assert bad.id in eve.get(f"/posts/{own}/likes").text
    until(lambda: all(bad.id in eve.ask("GET", path).text for path in searches))


@EMBEDDED
def test_what_is_dismissed_stays_and_is_listed_again_once_it_is_reported_again(
    ann: Person, ben: Person, photolog: Photolog
) -> None:
    post = ann.publish()
    ben.after(ann).post("/reports", {"post_id": post, "reason": "spam"})
    until(lambda: entry(photolog, post) is not None)
    photolog("dismiss", post, "--why", "Nothing wrong")
    until(lambda: entry(photolog, post) is None)
    assert ben.get(f"/posts/{post}").status_code == 200
    ben.post("/reports", {"post_id": post, "reason": "nudity"})
    until(lambda: (entry(photolog, post) or {}).get("reasons") == ["nudity"])
    assert not kinds(ann)


@EMBEDDED
def test_a_moderator_is_told_what_cannot_be_decided(ann: Person, photolog: Photolog) -> None:
    assert "not_decidable" in photolog("remove", ann.id, "--why", "x", status=1)
    assert "not_found" in photolog("remove", "po_00000000000", "--why", "x", status=1)
    assert "not_found" in photolog("show", "nobody.at.all", status=1)
