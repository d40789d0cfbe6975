"""From a reservation to a published or rejected photo, as a client goes."""

import httpx
import pytest

from tests.chaos.pictures import picture
from tests.e2e.people import Person, assert_problem, fields
from tests.e2e.test_api_accounts import TIMESTAMP

RESERVATION = {"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": 9}


def test_a_reservation_says_where_and_how_the_bytes_go(ann: Person, uploads_url: str) -> None:
    answer = ann.post("/posts", RESERVATION)
    assert answer.status_code == 201
    said = answer.json()
    assert set(said) == {"post_id", "upload_url", "upload_method", "upload_headers", "expires_at"}
    assert said["post_id"].startswith("po_")
    assert said["upload_url"].startswith(uploads_url)
    assert said["upload_method"] == "PUT"
    assert said["upload_headers"]["Content-Type"] == "image/jpeg"
    assert TIMESTAMP.fullmatch(said["expires_at"])
    assert answer.headers["Log-Position"]


@pytest.mark.parametrize("content_type", ["image/jpeg", "image/png", "image/webp", "image/avif", "image/heic"])
def test_photos_of_every_type_can_be_reserved(ann: Person, content_type: str) -> None:
    assert ann.post("/posts", {**RESERVATION, "content_type": content_type}).status_code == 201


@pytest.mark.parametrize("content_type", ["image/gif", "video/mp4", "text/html", "", "image"])
def test_other_types_are_unsupported(ann: Person, content_type: str) -> None:
    assert_problem(ann.post("/posts", {**RESERVATION, "content_type": content_type}), 415, "unsupported_type")


@pytest.mark.parametrize("size", [1, 52_428_800])
def test_a_photo_has_up_to_50_mb(ann: Person, size: int) -> None:
    assert ann.post("/posts", {**RESERVATION, "size_bytes": size}).status_code == 201


@pytest.mark.parametrize("size", [52_428_801, 10**30])
def test_more_than_50_mb_is_too_large(ann: Person, size: int) -> None:
    assert_problem(ann.post("/posts", {**RESERVATION, "size_bytes": size}), 413, "too_large")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"size_bytes": 0}, "size_bytes"),
        ({"size_bytes": -1}, "size_bytes"),
        ({"size_bytes": "9"}, "size_bytes"),
        ({"size_bytes": 9.5}, "size_bytes"),
        ({"filename": ""}, "filename"),
        ({"filename": "x" * 256}, "filename"),
        ({"filename": None}, "filename"),
        ({"content_type": None}, "content_type"),
        ({"caption": "x" * 2_201}, "caption"),
        ({"caption": "a\x00b"}, "caption"),
        ({"alt_text": "x" * 1_501}, "alt_text"),
        ({"tags": ["x"] * 31}, "tags"),
        ({"tags": ["a b"]}, "tags.0"),
        ({"tags": "alps"}, "tags"),
        ({"location": {"lat": 91, "lon": 0}}, "location.lat"),
        ({"location": {"lat": 0, "lon": -181}}, "location.lon"),
        ({"location": {"lat": 0}}, "location.lon"),
        ({"checksum_sha256": "nonsense"}, "checksum_sha256"),
        ({"draft": "yes"}, "draft"),
    ],
)
def test_a_wrong_field_is_named(ann: Person, wrong: dict[str, object], field: str) -> None:
    assert fields(assert_problem(ann.post("/posts", {**RESERVATION, **wrong}), 422, "validation_failed")) == [field]


def test_uploads_need_a_token(http: httpx.Client, ann: Person) -> None:
    post = ann.reserve()["post_id"]
    for method, path in (
        ("POST", "/posts"),
        ("GET", f"/posts/{post}/upload"),
        ("POST", f"/posts/{post}/complete"),
        ("GET", f"/posts/{post}/status"),
        ("DELETE", f"/posts/{post}"),
    ):
        assert_problem(http.request(method, path, json=RESERVATION), 401, "token_invalid")


def test_a_photo_is_published(ann: Person, http: httpx.Client, shared_url: str) -> None:
    reservation = ann.reserve(draft=True)  # else the store may have said it before `complete` does
    post = reservation["post_id"]
    pending = ann.get(f"/posts/{post}/status")
    assert pending.json() == {"post_id": post, "status": "pending"}
    assert int(pending.headers["Retry-After"]) >= 1
    assert ann.upload(reservation).is_success
    completed = ann.post(f"/posts/{post}/complete")
    assert completed.status_code == 202
    assert set(completed.json()) == {"post_id", "status", "estimated_ready_ms", "poll_url"}
    assert (completed.json()["status"], completed.json()["poll_url"]) == ("processing", f"/posts/{post}/status")
    assert completed.json()["estimated_ready_ms"] > 0
    assert int(completed.headers["Retry-After"]) >= 1
    published = ann.final_status(post)
    said = published.json()
    assert set(said) == {"post_id", "status", "urls", "published_at"}
    assert TIMESTAMP.fullmatch(said["published_at"])
    assert "Retry-After" not in published.headers
    assert published.headers["Log-Position"]
    assert set(said["urls"]) == {"thumbnail", "feed", "full"}
    for url in said["urls"].values():
        assert url.startswith(shared_url)
        shown = http.get(url)
        assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/jpeg")


def test_completing_again_answers_how_far_it_is(ann: Person) -> None:
    post = ann.publish()
    again = ann.post(f"/posts/{post}/complete")
    assert (again.status_code, again.json()["status"]) == (202, "published")
    assert again.headers["Log-Position"]


def test_completing_without_the_bytes_is_upload_missing_until_they_are_there(ann: Person) -> None:
    reservation = ann.reserve()
    path = f"/posts/{reservation['post_id']}/complete"
    for key in ("same", "same"):
        assert_problem(ann.post(path, Idempotency_Key=key), 409, "upload_missing")
    ann.upload(reservation)
    assert ann.post(path, Idempotency_Key="same").status_code == 202


def test_an_upload_can_be_renewed(ann: Person) -> None:
    reservation = ann.reserve()
    answer = ann.get(f"/posts/{reservation['post_id']}/upload")
    renewed = answer.json()
    assert set(renewed) == {"upload_url", "upload_headers", "expires_at", "received"}
    assert renewed["received"] is False
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert ann.upload(renewed).is_success
    assert ann.get(f"/posts/{reservation['post_id']}/upload").json()["received"] is True


def test_an_upload_that_is_sent_again_is_there_and_its_photo_stays(ann: Person, http: httpx.Client) -> None:
    """A client whose answer was lost learns that the bytes are there; one that means harm replaces nothing."""
    reservation = ann.reserve()
    post = reservation["post_id"]
    assert ann.upload(reservation).is_success
    assert ann.upload(reservation).status_code == 412
    assert ann.get(f"/posts/{post}/upload").json()["received"] is True
    assert ann.post(f"/posts/{post}/complete").status_code == 202
    shown = ann.final_status(post).json()["urls"]["full"]
    before = http.get(shown).content
    for upload in (reservation, ann.get(f"/posts/{post}/upload").json()):
        assert ann.upload(upload).status_code == 412
    assert http.get(shown).content == before


def test_other_bytes_than_announced_are_not_taken(ann: Person) -> None:
    announced = picture(0)
    reservation = ann.reserve(announced)
    for other in (announced[:-1] + b"x", announced + b"x", announced[:-1], b""):
        assert 400 <= ann.upload(reservation, other).status_code < 500
    assert ann.get(f"/posts/{reservation['post_id']}/upload").json()["received"] is False


def test_a_file_that_is_no_photo_is_rejected_and_says_why(ann: Person, eve: Person) -> None:
    junk = b"this is no photo"
    reservation = ann.reserve(junk)
    post = reservation["post_id"]
    assert ann.upload(reservation, junk).is_success
    ann.post(f"/posts/{post}/complete")
    rejected = ann.final_status(post).json()
    assert set(rejected) == {"post_id", "status", "reason"}
    assert (rejected["status"], rejected["reason"] in {"corrupt", "type_mismatch", "unsupported"}) == ("rejected", True)
    assert_problem(ann.get(f"/posts/{post}"), 404, "not_found")
    assert_problem(eve.after(ann).get(f"/posts/{post}/status"), 404, "not_found")


def test_the_description_can_still_be_given_when_completing(ann: Person) -> None:
    reservation = ann.reserve(caption="reserved", tags=["one"], alt_text="alt")
    post = reservation["post_id"]
    ann.upload(reservation)
    assert ann.post(f"/posts/{post}/complete", {"caption": "said later #two"}).status_code == 202
    ann.final_status(post)
    card = ann.get(f"/posts/{post}").json()
    assert (card["caption"], card["tags"], card["alt_text"]) == ("said later #two", ["one", "two"], "alt")


def test_deleting_a_pending_post_cancels_the_upload(ann: Person) -> None:
    reservation = ann.reserve()
    post = reservation["post_id"]
    assert ann.delete(f"/posts/{post}").status_code == 204
    assert ann.get(f"/posts/{post}/status").json() == {"post_id": post, "status": "deleted"}
    for path in (f"/posts/{post}/complete",):
        assert_problem(ann.post(path), 410, "gone")
    assert_problem(ann.get(f"/posts/{post}/upload"), 410, "gone")
    assert_problem(ann.get(f"/posts/{post}"), 404, "not_found")
