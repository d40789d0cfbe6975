"""A photo that is too large to be sent as a whole comes in parts, and goes on wherever its client was killed."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from tests.chaos.pictures import checksum, large
from tests.e2e.people import PASSWORD, POLL_S, PUBLISHED_WITHIN_S, Person, assert_problem, fields
from tests.e2e.test_api_accounts import TIMESTAMP
from tests.pace import patient

PART = 5_242_880
PHOTO = large(2 * PART + 1_000_000)
LAST = 1_000_000

CLIENT = """
import asyncio, sys
from pathlib import Path
import httpx
from infra.local.demo import uploads
from infra.local.demo.client import Client, stable_key

def told(what, part):
    print(what, part, flush=True)

async def main(url, username, password, photo):
    async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as http:
        account = Client(http, stable_key)
        await account.log_in(username, password)
        print("reserved", (await uploads.reserve(account, Path(photo)))["post_id"], flush=True)
        upload = await uploads.upload(account, Path(photo), told)
        print("completed", upload.post_id, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


def put(ann: Person, part: dict[str, Any], content: bytes = PHOTO) -> httpx.Response:
    """Sends a part of the photo."""
    start = (part["part_number"] - 1) * PART
    return ann.http.put(part["url"], content=content[start : start + part["size_bytes"]], headers=part["headers"])


def test_a_photo_of_more_than_5_mb_is_uploaded_in_parts(ann: Person, http: httpx.Client, uploads_url: str) -> None:
    reservation = ann.reserve(PHOTO)
    post, parts = reservation["post_id"], reservation["upload_parts"]
    assert set(reservation) == {"post_id", "upload_method", "upload_parts", "expires_at"}
    assert TIMESTAMP.fullmatch(reservation["expires_at"])
    assert [(part["part_number"], part["size_bytes"]) for part in parts] == [(1, PART), (2, PART), (3, LAST)]
    assert all(part["url"].startswith(uploads_url) and "Content-Length" in part["headers"] for part in parts)
    assert_problem(ann.post(f"/posts/{post}/complete"), 409, "parts_missing")

    tags = {part["part_number"]: put(ann, part).headers["ETag"] for part in parts[::2]}
    renewed = ann.get(f"/posts/{post}/upload").json()
    assert set(renewed) == {"received_parts", "upload_parts", "expires_at", "received"}
    assert [(one["part_number"], one["size_bytes"]) for one in renewed["received_parts"]] == [(1, PART), (3, LAST)]
    assert {one["part_number"]: f'"{one["etag"]}"' for one in renewed["received_parts"]} == tags
    assert [part["part_number"] for part in renewed["upload_parts"]] == [2]
    problem = assert_problem(ann.post(f"/posts/{post}/complete", Idempotency_Key="same"), 409, "parts_missing")
    assert problem["missing"] == [2]

    tags[2] = put(ann, renewed["upload_parts"][0]).headers["ETag"]
    body = {"caption": "large", "parts": [{"part_number": n, "etag": tags[n]} for n in (1, 2, 3)]}
    wrong = {"parts": [{"part_number": 1, "etag": tags[1]}, {"part_number": 2, "etag": tags[1]}]}
    assert assert_problem(ann.post(f"/posts/{post}/complete", wrong), 409, "parts_missing")["missing"] == [2]
    for _ in range(2):
        assert ann.post(f"/posts/{post}/complete", body, Idempotency_Key="later").status_code == 202
    shown = ann.final_status(post).json()
    assert shown["status"] == "published", shown
    assert http.get(shown["urls"]["full"]).status_code == 200
    assert ann.get(f"/posts/{post}").json()["caption"] == "large"
    done = ann.get(f"/posts/{post}/upload").json()
    assert (done["received"], done["received_parts"], done["upload_parts"]) == (True, [], [])
    assert put(ann, parts[0]).status_code == 404
    assert ann.post(f"/posts/{post}/complete").json()["status"] == "published"


def test_5_mb_is_sent_as_a_whole(ann: Person) -> None:
    said = {"filename": "a.jpg", "content_type": "image/jpeg"}
    assert "upload_url" in ann.post("/posts", {**said, "size_bytes": PART}).json()
    parts = ann.post("/posts", {**said, "size_bytes": PART + 1}).json()["upload_parts"]
    assert [part["size_bytes"] for part in parts] == [PART, 1]


def test_a_part_that_the_upload_does_not_have_is_named(ann: Person) -> None:
    for size, index, number in ((PART + 1, 1, 3), (9, 0, 1)):
        post = ann.post("/posts", {"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": size}).json()
        parts = [{"part_number": n, "etag": "x"} for n in range(number - index, number + 1)]
        answer = ann.post(f"/posts/{post['post_id']}/complete", {"parts": parts})
        assert fields(assert_problem(answer, 422, "validation_failed")) == [f"parts.{index}.part_number"]


def test_other_bytes_than_announced_are_joined_and_rejected(ann: Person) -> None:
    """No store compares a checksum of what comes in parts: the worker does."""
    reservation = ann.reserve(PHOTO, checksum_sha256=checksum(b"something else"))
    assert all(put(ann, part).is_success for part in reservation["upload_parts"])
    assert ann.post(f"/posts/{reservation['post_id']}/complete").status_code == 202
    rejected = ann.final_status(reservation["post_id"]).json()
    assert (rejected["status"], rejected["reason"]) == ("rejected", "corrupt")


def test_parts_of_a_post_that_was_deleted_are_given_up(ann: Person) -> None:
    reservation = ann.reserve(large(PART + 1))
    post, (_, part) = reservation["post_id"], reservation["upload_parts"]
    assert ann.http.put(part["url"], content=b"x", headers=part["headers"]).is_success
    assert ann.delete(f"/posts/{post}").status_code == 204
    assert_problem(ann.get(f"/posts/{post}/upload"), 410, "gone")
    assert_problem(ann.post(f"/posts/{post}/complete"), 410, "gone")
    deadline = time.monotonic() + patient(PUBLISHED_WITHIN_S)
    while (answer := ann.http.put(part["url"], content=b"x", headers=part["headers"])).status_code != 404:
        assert (answer.status_code, time.monotonic() < deadline) == (200, True), answer.text
        time.sleep(POLL_S)


async def test_a_client_that_is_killed_goes_on_and_sends_no_part_twice_that_was_acknowledged(
    ann: Person, shared_url: str, tmp_path: Path
) -> None:
    photo = tmp_path / "large.jpg"
    photo.write_bytes(large(4 * PART + LAST))
    arguments = (shared_url, ann.username, PASSWORD, str(photo))
    received: set[int] = set()
    for kill_after in ("sent 1", "sends 3"):
        said = await _until(arguments, kill_after)
        assert _sent(said, "sends").isdisjoint(received)
        post = said[0].removeprefix("reserved ")
        received = {one["part_number"] for one in ann.get(f"/posts/{post}/upload").json()["received_parts"]}
        assert received >= _sent(said, "sent")
    assert received >= {1, 2}
    last = await _until(arguments, None)
    assert _sent(last, "sends").isdisjoint(received)
    assert last[-1] == f"completed {post}"
    assert ann.final_status(post).json()["status"] == "published"


def _sent(lines: list[str], what: str) -> set[int]:
    return {int(line.split()[1]) for line in lines if line.startswith(f"{what} ")}


async def _until(arguments: tuple[str, ...], kill_after: str | None) -> list[str]:
    """Runs the client; what it said until it was killed, or ended well."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CLIENT, *arguments, stdout=asyncio.subprocess.PIPE, env=os.environ
    )
    assert process.stdout is not None
    lines: list[str] = []
    async for line in process.stdout:
        lines.append(line.decode().strip())
        if lines[-1] == kill_after:
            process.send_signal(signal.SIGKILL)
    assert await process.wait() == (0 if kill_after is None else -signal.SIGKILL), lines
    return lines
