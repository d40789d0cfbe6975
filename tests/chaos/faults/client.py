"""One account that writes without end: all kinds of commands side by side, each repeated until it is acknowledged."""

import asyncio
import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from schemas.positions import Position, decode_token
from tests.chaos.faults.known import Known, Post
from tests.chaos.faults.talk import CONFLICT, UNAVAILABLE, Talk
from tests.chaos.pictures import COUNT, picture
from tests.chaos.wire import THERE

PASSWORD = "correct horse battery"
PAUSE_S = 0.5
"""Before a command is repeated. Shorter than Retry-After asks for: an outage is to be felt."""
PAUSES_S = {"like": 0.3, "comment": 0.5, "follow": 0.5, "rename": 1.0, "sign_up": 3.0, "publish": 5.0}
"""Between two commands of a kind."""


@dataclass
class Client:
    """An account, its token and what it has seen."""

    talk: Talk
    known: Known
    name: str
    account: str
    token: str
    chance: random.Random
    seen: list[Position] = field(default_factory=list)
    """The newest places of its own writes."""
    keeps: str = ""
    """An account that it follows for good."""

    async def write(self, kind: str, going_on: Callable[[], bool]) -> None:
        """Commands of this kind, one after the other, until told to stop; the last one is seen through."""
        while going_on():
            await getattr(self, kind)()
            await asyncio.sleep(PAUSES_S[kind])

    async def like(self) -> None:
        """Turns the like of one post over."""
        post = self._post().post_id
        key = ("like", self.account, post)
        value = not (key in self.known.facts and self.known.facts[key].value)
        with self.known.changing(key, value) as answers:
            answers.append(await self.insist("like", "POST" if value else "DELETE", f"/likes/{post}"))

    async def comment(self) -> None:
        """Writes a text that no other comment has."""
        post, text = self._post().post_id, f"remark {self.chance.getrandbits(64):x}"
        with self.known.changing(("comment", post, self.account, text), True) as answers:
            answers.append(await self.insist("comment", "POST", f"/posts/{post}/comments", json={"text": text}))

    async def follow(self) -> None:
        """Turns the follow of somebody over, but for the one that it keeps."""
        others = sorted({post.author for post in self.known.posts.values()} - {self.account, self.keeps})
        await self.turn_follow(self.chance.choice(others))

    async def turn_follow(self, whom: str) -> None:
        """Follows, or ends it."""
        key = ("follow", self.account, whom)
        value = not (key in self.known.facts and self.known.facts[key].value)
        with self.known.changing(key, value) as answers:
            answers.append(await self.insist("follow", "POST" if value else "DELETE", f"/follow/{whom}"))

    async def rename(self) -> None:
        """Changes the display name."""
        name = f"Name {self.chance.getrandbits(32):x}"
        with self.known.changing(("name", self.account), name) as answers:
            answers.append(await self.insist("rename", "PATCH", "/me", json={"display_name": name}))

    async def sign_up(self) -> None:
        """Makes another account, which nobody uses but the reckoning at the end."""
        name = f"user_{self.chance.getrandbits(48):012x}"
        body = {"username": name, "password": PASSWORD, "email": f"{name}@example.org"}
        with self.known.changing(("account", name), True) as answers:
            answers.append(await self.insist("sign_up", "POST", "/accounts", json=body))

    async def publish(self, first: bool = False) -> None:
        """Reserves, puts and completes; the post counts as soon as its status says so."""
        content = picture(self.chance.randrange(COUNT))
        body = {"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": len(content), "draft": True}
        reserved = (await self.insist("reserve", "POST", "/posts", json=body)).json()
        post = reserved["post_id"]
        await self._put(post, reserved, content)
        with self.known.changing(("post", self.account, post), True) as answers:
            answers.append(await self.insist("complete", "POST", f"/posts/{post}/complete"))
        await self._until_published(post, first, answers[-1].headers["Log-Position"])

    async def insist(self, kind: str, method: str, path: str, **more: Any) -> httpx.Response:
        """The answer of a command that is sent, with one key, until it is done; or of a read that must succeed."""
        key = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        while True:
            answer = await self.talk.ask(kind, method, path, token=self.token, key=key, **more)
            if answer is not None and answer.is_success:
                self._saw(answer.headers)
                return answer
            if answer is not None and answer.status_code not in (UNAVAILABLE, CONFLICT):
                self.talk.record.fault(f"{kind}: {method} {path} was answered {answer.status_code} {answer.text[:200]}")
            await asyncio.sleep(PAUSE_S)

    async def _put(self, post: str, target: Mapping[str, Any], content: bytes) -> None:
        """The store may be away: then the upload's URL is renewed and tried again, until the bytes are there."""
        while True:
            try:
                answer = await self.talk.http.put(
                    target["upload_url"], content=content, headers=target["upload_headers"]
                )
                if answer.is_success or answer.status_code == THERE:
                    return
            except httpx.TransportError:
                await asyncio.sleep(PAUSE_S)
            target = (await self.insist("renew", "GET", f"/posts/{post}/upload")).json()

    async def _until_published(self, post: str, first: bool, seen: str) -> None:
        while True:
            status = (await self.insist("status", "GET", f"/posts/{post}/status", seen=seen)).json()
            if status["status"] == "published":
                self.known.posts[post] = Post(post, self.account, first)
                return
            if status["status"] != "processing":
                self.talk.record.fault(f"status: {post}, which is complete, is {status}")
                return
            await asyncio.sleep(PAUSE_S)

    def _post(self) -> Post:
        return self.chance.choice(list(self.known.posts.values()))

    def _saw(self, headers: httpx.Headers) -> None:
        if "Log-Position" in headers:
            new = decode_token(headers["Log-Position"]).places
            self.seen = [*[place for place in self.seen if place not in new], *new][-32:]
