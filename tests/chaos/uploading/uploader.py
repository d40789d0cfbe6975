"""Somebody who uploads photos, sound and broken, and deletes some: whoever is away meanwhile is asked again."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from infra.local.demo.client import ApiProblem, Client
from tests.chaos.pictures import COUNT, large, picture

AGAIN_S = 0.2
FINAL = {"published", "rejected", "deleted"}
JUNK = b"this is no photo"


@dataclass
class Photo:
    """One upload, and what is to become of it."""

    post_id: str
    outcome: str
    """The status that it must have in the end."""


@dataclass
class Uploader:
    """One account."""

    client: Client
    chance: random.Random
    names: "Names"
    photos: list[Photo] = field(default_factory=list)

    async def run(self, over: asyncio.Event, pause_s: float) -> None:
        """Until it is over; what has begun is finished."""
        while not over.is_set():
            await self.upload()
            await asyncio.sleep(pause_s)

    async def upload(self) -> None:
        """One photo: mostly new, else one that others post too, or none at all; some are never completed by a word."""
        kind = self.chance.choices(["new", "same", "junk", "deleted"], [6, 2, 1, 1])[0]
        content = JUNK if kind == "junk" else self._picture(kind)
        said = {"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": len(content)}
        reservation = await insisted(lambda: self.client.post("/posts", said))
        photo = Photo(reservation["post_id"], {"junk": "rejected", "deleted": "deleted"}.get(kind, "published"))
        self.photos.append(photo)
        await insisted(lambda: self._put(photo.post_id, content))
        if self.chance.random() < 0.75:
            await insisted(lambda: self.client.post(f"/posts/{photo.post_id}/complete"))
        if kind == "deleted":
            await asyncio.sleep(self.chance.random())
            await insisted(lambda: self.client.delete(f"/posts/{photo.post_id}"))

    async def status(self, photo: Photo) -> Any:
        """What has become of it, by all that this account has written."""
        return await insisted(lambda: self.client.get(f"/posts/{photo.post_id}/status"))

    def _picture(self, kind: str) -> bytes:
        if kind == "same":
            return picture(self.chance.randrange(COUNT))
        return large(len(picture(0)) + 4 + self.names.next())

    async def _put(self, post_id: str, content: bytes) -> None:
        """A URL is renewed for every try; what is there already was sent before."""
        upload = await self.client.get(f"/posts/{post_id}/upload")
        headers = upload["upload_headers"]
        answer = await self.client.http.put(upload["upload_url"], content=content, headers=headers)
        if not answer.is_success and answer.status_code != httpx.codes.PRECONDITION_FAILED:
            raise ApiProblem.of(answer)


@dataclass
class Names:
    """Numbers, each given once: no two new photos are alike."""

    given: int = 0

    def next(self) -> int:
        self.given += 1
        return self.given


async def insisted(ask: Callable[[], Awaitable[Any]]) -> Any:
    """The answer, however often somebody is away before it: refusals that do not pass are raised."""
    while True:
        try:
            return await ask()
        except httpx.TransportError:
            pass
        except ApiProblem as problem:
            if problem.status not in (429, 500, 502, 503, 504):
                raise
        await asyncio.sleep(AGAIN_S)
