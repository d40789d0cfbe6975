"""What HTTP itself promises, whatever is asked: methods, ranges, encodings, refusals that arrive, peers that leave."""

import gzip
import json
import sqlite3
import time
from contextlib import closing
from email.utils import formatdate
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from infra.process.settings import Settings
from tests.e2e.people import PASSWORD, Person, assert_problem, log_in
from tests.integration.http.guarded import Guarded

PATHS = [
    "/feed",
    "/me",
    "/healthz",
    "/posts/{post}",
    "/photos/{post}/comments",
    "/users/{user}/followers",
    "/me/sessions",
]


@pytest.fixture(scope="module")
def post(eve: Person) -> str:
    return eve.publish(caption="a caption " * 20)


def test_head_is_answered_like_get_without_bytes(eve: Person, post: str) -> None:
    for path in (one.format(post=post, user=eve.id) for one in PATHS):
        get, head = eve.get(path), eve.ask("HEAD", path)
        assert (head.status_code, head.content) == (get.status_code, b"") == (200, b"")
        for name in ("Content-Type", "Content-Length", "Cache-Control"):
            assert head.headers.get(name) == get.headers.get(name), (path, name)
    assert eve.ask("HEAD", "/posts/po_00000000000").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/posts/po_00000000000", "DELETE, GET, HEAD, PATCH"),
        ("POST", "/photos/po_00000000000", "DELETE, GET, HEAD, PATCH"),
        ("PUT", "/me", "GET, HEAD, PATCH"),
        ("GET", "/accounts", "POST"),
        ("HEAD", "/oauth/token", "POST"),
        ("PUT", "/posts/po_00000000000/comments", "GET, HEAD, POST"),
        ("DELETE", "/users/ac_00000000000", "GET, HEAD"),
    ],
)
def test_a_method_that_is_not_there_names_all_that_are(http: httpx.Client, method: str, path: str, allow: str) -> None:
    answer = http.request(method, path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allow)


def test_a_trailing_slash_leads_nowhere_and_to_no_host(http: httpx.Client) -> None:
    for method, path in (("GET", "/feed/"), ("POST", "/accounts/"), ("GET", "/users/ac_00000000000/")):
        answer = http.request(method, path, headers={"Host": "elsewhere.example"})
        assert_problem(answer, 404, "not_found")


def test_a_packed_body_and_one_of_another_type_are_not_taken(ann: Person) -> None:
    body = json.dumps({"user_id": "ac_00000000000"}).encode()
    packed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert_problem(ann.ask("POST", "/follows", packed, content=gzip.compress(body)), 415, "unsupported_type")
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = ann.ask("POST", "/follows", {"Content-Type": kind}, content=body)
        assert_problem(answer, 415, "unsupported_type")
    for kind in ("application/json", "application/json; charset=utf-8", "application/merge-patch+json"):
        answer = ann.ask("POST", "/follows", {"Content-Type": kind}, content=body)
        assert_problem(answer, 404, "not_found")


@pytest.mark.parametrize("path", ["/users/" + "a" * 7_000, "/users/@" + "a" * 31, "/users/ac_0", "/posts/po_x/likes"])
def test_what_has_not_the_shape_of_an_id_is_the_id_of_nothing(ann: Person, path: str) -> None:
    assert_problem(ann.get(path), 404, "not_found")
    for method, target in (
        ("POST", "/follow/x"),
        ("DELETE", "/comments/x"),
        ("POST", "/likes/x"),
        ("PATCH", "/posts/x"),
    ):
        assert_problem(ann.ask(method, target, json={}), 404, "not_found")


def test_json_over_a_kilobyte_is_packed_for_those_who_ask(eve: Person, post: str) -> None:
    path = f"/posts/{post}"
    plain = eve.ask("GET", path, {"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    for asked in ("gzip", "br, gzip;q=0.5", "*"):
        packed = eve.ask("GET", path, {"Accept-Encoding": asked})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert "Authorization" in packed.headers["Vary"]
        assert int(packed.headers["Content-Length"]) < len(plain.content)
        assert packed.json() == plain.json()
    for asked in ("gzip;q=0", "br", "identity"):
        assert "Content-Encoding" not in eve.ask("GET", path, {"Accept-Encoding": asked}).headers
    assert "Content-Encoding" not in eve.ask("GET", "/healthz", {"Accept-Encoding": "gzip"}).headers


def test_what_holds_a_secret_is_never_packed(eve: Person) -> None:
    asked = {"Accept-Encoding": "gzip"}
    pending = eve.reserve(caption="x" * 2_000)
    answers = [
        eve.ask("GET", f"/posts/{pending['post_id']}/upload", asked),
        eve.http.post(
            "/oauth/token",
            data={"grant_type": "password", "username": eve.username, "password": PASSWORD},
            headers=asked,
        ),
        log_in(eve.http, eve.username),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert "Content-Encoding" not in answer.headers


def test_a_rendition_is_read_whole_where_a_range_is_of_no_known_unit(eve: Person, post: str) -> None:
    url = eve.get(f"/posts/{post}").json()["image_urls"]["thumbnail"]
    whole = eve.http.get(url)
    for odd in ("items=0-1", "seconds=1-", "bytes=5-2", "bytes=a-b", "bytes", "bytes=-"):
        answer = eve.http.get(url, headers={"Range": odd})
        assert (answer.status_code, answer.content) == (200, whole.content), odd
    assert eve.http.get(url, headers={"Range": "bytes=0-9"}).content == whole.content[:10]
    assert eve.http.get(url, headers={"Range": "bytes=99999999-"}).status_code == 416


def test_a_rendition_is_not_sent_to_those_who_have_had_it_since(eve: Person, post: str) -> None:
    url = eve.get(f"/posts/{post}").json()["image_urls"]["thumbnail"]
    made = eve.http.get(url).headers["Last-Modified"]
    later = formatdate(4_000_000_000, usegmt=True)
    for since, status in ((made, 304), (later, 304), (formatdate(0, usegmt=True), 200), ("nonsense", 200)):
        assert eve.http.get(url, headers={"If-Modified-Since": since}).status_code == status, since
    both = {"If-Modified-Since": later, "If-None-Match": '"another"'}
    assert eve.http.get(url, headers=both).status_code == 200


async def test_a_refusal_of_a_large_body_arrives_though_the_client_sends_it_all_first(shared_url: str) -> None:
    there = Guarded(urlsplit(shared_url).port or 0)
    peer = await there.peer(b"POST /posts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
    await peer.send(b"Content-Length: 20000000\r\n\r\n")
    await peer.send(bytes(20_000_000))
    assert await peer.status() == 413
    assert b'"code":"too_large"' in peer.body


async def test_who_leaves_in_the_middle_of_a_body_leaves_nothing_in_the_log(
    shared_url: str, backend: str, ann: Person, request: pytest.FixtureRequest
) -> None:
    if backend != "embedded":
        pytest.skip("a gateway takes whole bodies: no process sees who leaves in the middle of one")
    log: Path = request.getfixturevalue("shared_embedded").log
    there, before = Guarded(urlsplit(shared_url).port or 0), logged(log)
    bearer = f"Authorization: {ann.bearer['Authorization']}".encode()
    for path in (b"/posts", b"/accounts", b"/follows", b"/oauth/token", b"/me/password"):
        head = b"POST %s HTTP/1.1\r\nHost: x\r\n%s\r\nContent-Type: application/json\r\n" % (path, bearer)
        peer = await there.peer(head + b"Content-Length: 100\r\n\r\n{")
        peer.writer.transport.abort()
    assert await there.get(f"/users/{ann.id}") == 200
    assert logged(log) == before


def logged(log: Path) -> bytes:
    return log.read_bytes()


def test_that_something_is_not_there_is_remembered_for_seconds(
    ann: Person, backend: str, request: pytest.FixtureRequest
) -> None:
    if backend != "embedded":
        pytest.skip("caches are in Redis there, filled by the same code")
    data: Path = request.getfixturevalue("shared_embedded").data
    nobody = "ac_zzzzzzzzzzz"
    assert_problem(ann.get(f"/users/{nobody}"), 404, "not_found")
    with closing(sqlite3.connect(data / "views.sqlite")) as views:
        entries = views.execute("SELECT content, expires_at FROM caches WHERE key LIKE ?", [f"%{nobody}%"]).fetchall()
    assert [content for content, _ in entries] == [b"null"]
    assert all(end - time.time() * 1_000 <= Settings().absent_s * 1_000 for _, end in entries)
