"""Avatars through the whole path, and wherever an account is shown."""

import io
import time

import httpx
import pytest
from PIL import Image

from tests.e2e.conftest import MakePerson
from tests.e2e.people import FINAL, POLL_S, PUBLISHED_WITHIN_S, Person, assert_problem
from tests.pace import patient


def drawn(colour: tuple[int, int, int]) -> bytes:
    """A wide photo whose middle square has this colour."""
    photo, middle = Image.new("RGB", (1200, 400)), Image.new("RGB", (400, 400), colour)
    photo.paste(middle, (400, 0))
    file = io.BytesIO()
    photo.save(file, "JPEG", quality=95)
    return file.getvalue()


def reserved(person: Person, content: bytes) -> dict[str, object]:
    """Announced, and its bytes sent."""
    said = {"filename": "me.jpg", "content_type": "image/jpeg", "size_bytes": len(content)}
    answer = person.post("/me/avatar", said)
    assert answer.status_code == 201, answer.text
    reservation: dict[str, object] = answer.json()
    return reservation


def final(person: Person, avatar: str) -> httpx.Response:
    """Its status once nothing more will become of it."""
    deadline = time.monotonic() + patient(PUBLISHED_WITHIN_S)
    while (answer := person.get(f"/me/avatar/{avatar}/status")).json()["status"] not in FINAL:
        assert time.monotonic() < deadline, answer.text
        time.sleep(POLL_S)
    return answer


def shown(person: Person, content: bytes) -> tuple[str, dict[str, str]]:
    """Uploaded and published: its id and its URLs."""
    reservation = reserved(person, content)
    avatar = str(reservation["avatar_id"])
    assert_problem(person.post(f"/me/avatar/{avatar}/complete"), 409, "upload_missing")
    assert person.upload(reservation, content).is_success
    assert person.post(f"/me/avatar/{avatar}/complete").status_code == 202
    status = final(person, avatar).json()
    assert status["status"] == "published", status
    return avatar, status["urls"]


def test_an_avatar_is_the_middle_of_a_photo_in_two_sizes_wherever_its_account_is_shown(
    ann: Person, people: MakePerson
) -> None:
    post = ann.publish()
    _, urls = shown(ann, drawn((200, 30, 40)))
    for size, side in (("small", 150), ("large", 320)):
        answer = ann.http.get(urls[size])
        picture = Image.open(io.BytesIO(answer.content))
        assert (answer.headers["Content-Type"], picture.size) == ("image/jpeg", (side, side))
        for at in ((3, 3), (side - 4, side - 4), (side // 2, side // 2)):
            assert picture.getpixel(at) == pytest.approx((200, 30, 40), abs=8)
    ben = people("ben")
    ben.post(f"/follow/{ann.id}")
    comment = ann.post(f"/posts/{post}/comments", {"text": "hi"}).json()
    ben.after(ann)
    assert ben.get(f"/users/{ann.id}").json()["avatar_url"] == ann.get("/me").json()["avatar_url"] == urls["large"]
    card = ben.get(f"/posts/{post}").json()
    lists = [ben.get(f"/users/{ben.id}/following").json()["users"], [ben.get("/feed").json()["posts"][0]["user"]]]
    lists.append([said["user"] for said in ben.get(f"/posts/{post}/comments").json()["comments"]])
    assert {user["avatar_url"] for users in lists for user in users} == {urls["small"]}
    assert comment["user"]["avatar_url"] == card["user"]["avatar_url"] == urls["small"]


def test_another_avatar_comes_in_place_of_one_that_answers_410_then(ann: Person) -> None:
    before, old = shown(ann, drawn((10, 20, 30)))
    ann.ask("PATCH", "/me", json={"bio": "still here"})
    after, new = shown(ann, drawn((90, 80, 70)))
    assert ann.get("/me").json()["avatar_url"] == new["large"]
    assert final(ann, before).json() == {"avatar_id": before, "status": "deleted"}
    gone(ann, old)
    assert ann.delete("/me/avatar").status_code == 204
    assert ann.get("/me").json()["avatar_url"] is None
    assert ann.get(f"/me/avatar/{after}/status").json()["status"] == "deleted"
    gone(ann, new)


def test_what_is_no_photo_is_rejected_and_the_store_says_that_it_came(ann: Person) -> None:
    """Nobody completes it: the store's notification does."""
    content = b"no photo at all"
    reservation = reserved(ann, content)
    avatar = str(reservation["avatar_id"])
    assert ann.upload(reservation, content).is_success
    assert final(ann, avatar).json() == {"avatar_id": avatar, "status": "rejected", "reason": "type_mismatch"}
    assert ann.get("/me").json()["avatar_url"] is None


def test_an_avatar_is_nobody_elses(ann: Person, ben: Person) -> None:
    avatar = reserved(ann, b"x")["avatar_id"]
    assert_problem(ben.get(f"/me/avatar/{avatar}/status"), 404, "not_found")
    assert_problem(ben.post(f"/me/avatar/{avatar}/complete"), 404, "not_found")
    huge = {"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": 52_428_801}
    assert_problem(ann.post("/me/avatar", huge), 413, "too_large")
    moving = {**huge, "size_bytes": 9, "content_type": "image/gif"}
    assert_problem(ann.post("/me/avatar", moving), 415, "unsupported_type")


def gone(person: Person, urls: dict[str, str]) -> None:
    """Every size answers 410, within moments."""
    deadline = time.monotonic() + patient(PUBLISHED_WITHIN_S)
    while {person.http.get(url).status_code for url in urls.values()} != {410}:
        assert time.monotonic() < deadline
        time.sleep(POLL_S)
