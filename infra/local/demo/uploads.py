"""Uploading a photo: reserve it at the API, put its bytes where the reservation says, complete it at the API.

Every step may be repeated, so an upload can be taken up where it was interrupted.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx

from infra.local.demo.connection import ApiProblem, Connection
from schemas.photos import CONTENT_TYPES

Json = dict[str, Any]


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


async def send(http: httpx.AsyncClient, photo: Path, target: Json) -> list[Json]:
    """Puts the bytes under presigned URLs, with their headers alone. Returns the parts to complete with, if any."""
    content = await asyncio.to_thread(photo.read_bytes)
    if "upload_parts" not in target:
        await _put(http, target["upload_url"], target["upload_headers"], content)
        return []
    received = target.get("received_parts", [])
    size = max(part["size_bytes"] for part in received + target["upload_parts"])
    parts = [{"part_number": part["part_number"], "etag": part["etag"]} for part in received]
    for part in target["upload_parts"]:
        start = (part["part_number"] - 1) * size
        etag = await _put(http, part["url"], part["headers"], content[start : start + part["size_bytes"]])
        parts.append({"part_number": part["part_number"], "etag": etag})
    return sorted(parts, key=lambda part: int(part["part_number"]))


async def complete(account: Connection, post_id: str, parts: list[Json], **details: Any) -> Upload:
    """Says that the bytes are there; the answer promises that the post will be processed."""
    answer = await account.request(
        "POST", f"/posts/{post_id}/complete", {**({"parts": parts} if parts else {}), **details}
    )
    return Upload(post_id, answer.json()["poll_url"], time.perf_counter())


async def resume(account: Connection, photo: Path, reservation: Json) -> Upload:
    """Sends what the store does not have, to the reserved URL while it is valid and else to a new one; completes."""
    post_id = reservation["post_id"]
    renewed = (await account.request("GET", f"/posts/{post_id}/upload")).json()
    if renewed.get("received"):
        return await complete(account, post_id, [])
    usable = "upload_url" in reservation and datetime.fromisoformat(reservation["expires_at"]) > datetime.now(UTC)
    return await complete(account, post_id, await send(account.http, photo, reservation if usable else renewed))


async def _put(http: httpx.AsyncClient, url: str, headers: dict[str, str], content: bytes) -> str:
    """What was sent before is there: a store that says so has it whole, and only its answer was lost."""
    answer = await http.put(url, content=content, headers=headers)
    if not answer.is_success and answer.status_code != HTTPStatus.PRECONDITION_FAILED:
        raise ApiProblem.of(answer)
    return str(answer.headers.get("ETag", ""))
