"""Uploading a photo: reserve it at the API, put its bytes where the reservation says, complete it at the API.

Every step may be repeated, so an upload can be taken up where it was interrupted.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx

from infra.local.demo.connection import ApiProblem, Connection
from schemas.photos import CONTENT_TYPES

Json = dict[str, Any]
Told = Callable[[str, int], None]
"""Hears "sends" and "sent" with the number of a part."""
PAUSE_S = 1.0
"""Before a line that broke is tried again."""


@dataclass(frozen=True)
class Upload:
    """A completed upload. `accepted` is time.perf_counter() at the answer to complete."""

    post_id: str
    poll_url: str
    accepted: float


async def reserve(account: Connection, photo: Path, **details: Any) -> Json:
    """POST /posts for this file: the post's id, and where its bytes go."""
    size = (await asyncio.to_thread(photo.stat)).st_size
    known = {"filename": photo.name, "content_type": CONTENT_TYPES[photo.suffix.lower()], "size_bytes": size}
    answer = await account.request("POST", "/posts", {**known, **details})
    reservation: Json = answer.json()
    return reservation


def _quietly(_what: str, _part: int) -> None:
    """Hears nothing."""


async def upload(
    account: Connection, photo: Path, told: Told = _quietly, pause_s: float = PAUSE_S, **details: Any
) -> Upload:
    """Reserves, sends and completes: whatever of it an earlier run of the same did is not done again.

    That takes a `stable_key` of the account's. A line that breaks is tried again, for as long as the account has
    patience without a part getting through.
    """
    reservation: Json | None = None
    last = time.monotonic()

    def tell(what: str, part: int) -> None:
        nonlocal last
        last = time.monotonic()
        told(what, part)

    while True:
        try:
            reservation = reservation or await reserve(account, photo, **details)
            return await resume(account, photo, reservation, tell)
        except httpx.TransportError:
            if time.monotonic() > last + account.patience:
                raise
        await asyncio.sleep(pause_s)


async def send(http: httpx.AsyncClient, photo: Path, target: Json, told: Told = _quietly) -> list[Json]:
    """Puts the bytes under presigned URLs, with their headers alone. Returns the parts to complete with, if any."""
    if "upload_parts" not in target:
        await _put(http, target["upload_url"], target["upload_headers"], await asyncio.to_thread(photo.read_bytes))
        return []
    received = target.get("received_parts", [])
    size = max(part["size_bytes"] for part in received + target["upload_parts"])
    parts = [{"part_number": part["part_number"], "etag": part["etag"]} for part in received]
    for part in target["upload_parts"]:
        number = part["part_number"]
        content = await asyncio.to_thread(_read, photo, (number - 1) * size, part["size_bytes"])
        told("sends", number)
        etag = await _put(http, part["url"], part["headers"], content)
        told("sent", number)
        parts.append({"part_number": number, "etag": etag})
    return sorted(parts, key=lambda part: int(part["part_number"]))


async def complete(account: Connection, post_id: str, parts: list[Json], **details: Any) -> Upload:
    """Says that the bytes are there; the answer promises that the post will be processed."""
    answer = await account.request(
        "POST", f"/posts/{post_id}/complete", {**({"parts": parts} if parts else {}), **details}
    )
    return Upload(post_id, answer.json()["poll_url"], time.perf_counter())


async def resume(account: Connection, photo: Path, reservation: Json, told: Told = _quietly) -> Upload:
    """Sends what the store does not have, to the reserved URL while it is valid and else to a new one; completes."""
    post_id = reservation["post_id"]
    renewed = (await account.request("GET", f"/posts/{post_id}/upload")).json()
    if renewed.get("received"):
        return await complete(account, post_id, [])
    usable = "upload_url" in reservation and datetime.fromisoformat(reservation["expires_at"]) > datetime.now(UTC)
    parts = await send(account.http, photo, reservation if usable else renewed, told)
    return await complete(account, post_id, parts)


def _read(photo: Path, start: int, size: int) -> bytes:
    with photo.open("rb") as file:
        file.seek(start)
        return file.read(size)


async def _put(http: httpx.AsyncClient, url: str, headers: dict[str, str], content: bytes) -> str:
    """What was sent before is there: a store that says so has it whole, and only its answer was lost."""
    answer = await http.put(url, content=content, headers=headers)
    if not answer.is_success and answer.status_code != HTTPStatus.PRECONDITION_FAILED:
        raise ApiProblem.of(answer)
    return str(answer.headers.get("ETag", ""))
