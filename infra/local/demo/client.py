"""Client: one account of Photolog over its public HTTP API, as the demo and the end-to-end tests see it."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson

from infra.local.demo import uploads
from infra.local.demo.connection import ApiProblem, Connection, fresh_key, retry_after, stable_key
from infra.local.demo.uploads import Upload

__all__ = ["ApiProblem", "Client", "NotPublished", "Upload", "fresh_key", "stable_key"]


class NotPublished(Exception):
    """A post was rejected or deleted, or took longer than the caller would wait."""


class Client(Connection):
    """One account, signed up or logged in: `Client(httpx.AsyncClient(base_url=url))`. Paths start with `/`."""

    account_id: str = ""
    username: str = ""

    async def sign_up(self, username: str, password: str, email: str | None = None, **profile: str) -> None:
        """Makes the account and logs in to it. Raises ApiProblem `username_taken`."""
        body = {"username": username, "password": password, "email": email or f"{username}@example.org", **profile}
        await self.post("/accounts", body)
        await self.log_in(username, password)

    async def log_in(self, username: str, password: str) -> None:
        """Starts a session. Raises ApiProblem `invalid_grant`."""
        await self.grant(grant_type="password", username=username, password=password)
        me = await self.get("/me")
        self.account_id, self.username = me["user_id"], me["username"]

    async def get(self, path: str, fresh: bool = True, **params: Any) -> Any:
        """The answer's JSON. `fresh` False: as the read models are now, without waiting for one's own writes."""
        return _json((await self.request("GET", path, params=params or None, fresh=fresh)).content)

    async def post(self, path: str, body: Any = None) -> Any:
        """The answer's JSON, or None if it is empty; so for patch and put."""
        return _json((await self.request("POST", path, body)).content)

    async def patch(self, path: str, body: Any) -> Any:
        return _json((await self.request("PATCH", path, body)).content)

    async def put(self, path: str, body: Any = None) -> Any:
        return _json((await self.request("PUT", path, body)).content)

    async def delete(self, path: str) -> Any:
        return _json((await self.request("DELETE", path)).content)

    async def pages(self, path: str, name: str, limit: int = 20, fresh: bool = True) -> AsyncIterator[list[Any]]:
        """The pages of a list until it has no more. `name` is the list's field: posts, comments or users."""
        page: dict[str, Any] = {"has_more": True, "next_cursor": None}
        while page["has_more"]:
            cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else {}
            page = await self.get(path, fresh=fresh, limit=limit, **cursor)
            yield page[name]

    async def every(self, path: str, name: str, limit: int = 20) -> list[Any]:
        """A whole list, page by page."""
        return [item async for page in self.pages(path, name, limit) for item in page]

    async def feed(self, limit: int = 20) -> list[Any]:
        """The cards of the whole home feed."""
        return await self.every("/feed", "posts", limit)

    async def upload_photo(self, photo: Path, **details: Any) -> Upload:
        """Reserves, sends and completes. Details are caption, tags, alt_text, location and draft of POST /posts."""
        reservation = await uploads.reserve(self, photo, **details)
        parts = await uploads.send(self.http, photo, reservation)
        return await uploads.complete(self, reservation["post_id"], parts)

    async def wait_published(self, upload: Upload, within: float = 60.0) -> Any:
        """Polls as often as the server likes until the post is published. The last status; raises NotPublished."""
        deadline = time.monotonic() + within
        while True:
            answer = await self.request("GET", upload.poll_url)
            status = answer.json()
            if status["status"] == "published":
                return status
            pause = retry_after(answer, default=0.2)
            if status["status"] in ("rejected", "deleted") or time.monotonic() + pause > deadline:
                raise NotPublished(f"{upload.post_id} is not published within {within:.0f} s, its status is {status}")
            await asyncio.sleep(pause)


def _json(content: bytes) -> Any:
    return orjson.loads(content) if content else None
