"""Stage: the demo's accounts and posts on one server, and the acts of the script, each done only if it was not yet."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import httpx

from infra.local.demo.client import ApiProblem, Client, fresh_key, stable_key
from infra.local.demo.report import Summary
from infra.local.demo.script import PEOPLE, Remark, Script, Shot

LEASE_S = 60.0
"""How long to wait for a server that asks for it: longer than an interrupted request keeps its Idempotency-Key."""


@dataclass(frozen=True)
class Published:
    """A post of the demo, as its status had it when it was public."""

    post_id: str
    published_at: str
    urls: tuple[str, ...]


@dataclass
class Stage:
    """What a run knows. `posts` is by the photo's number."""

    http: httpx.AsyncClient
    script: Script
    say: Callable[[str], None]
    summary: Summary
    clients: dict[str, Client] = field(default_factory=dict)
    posts: dict[int, Published] = field(default_factory=dict)

    async def sign_in(self, person: str) -> None:
        """Signs up, or logs in to the account that an earlier run made."""
        client = self.clients[person] = Client(self.http, key=_key, patience=LEASE_S)
        try:
            await client.sign_up(username(person), password(person), display_name=PEOPLE[person])
        except ApiProblem as problem:
            if problem.code != "username_taken":
                raise
            await client.log_in(username(person), password(person))
        else:
            self.announce(f"{person} signs up")

    def announce(self, what: str) -> None:
        """Tells what this run adds, and remembers it."""
        self.summary.added.append(what)
        self.say(what)

    async def ensure(self, what: str, seen: Callable[[], Awaitable[bool]], act: Callable[[], Awaitable[Any]]) -> None:
        """Acts unless the result is there already; whoever acts must see the result in the next answer."""
        if await seen():
            return
        self.announce(what)
        await act()
        if not await seen():
            self.summary.failures.append(f"{what}: expected that they see it at once, came an answer without it")

    async def follow(self, follower: str, followee: str) -> None:
        client, target = self.clients[follower], self.clients[followee].account_id

        async def seen() -> bool:
            return bool((await client.get(f"/users/{target}"))["followed_by_viewer"])

        await self.ensure(f"{follower} follows {followee}", seen, lambda: client.post(f"/follow/{target}"))

    async def like(self, person: str, shot: Shot) -> None:
        client, post_id = self.clients[person], self.posts[shot.number].post_id

        async def seen() -> bool:
            return bool((await client.get(f"/posts/{post_id}"))["liked_by_viewer"])

        await self.ensure(f"{person} likes {shot.photo.name}", seen, lambda: client.post(f"/likes/{post_id}"))

    async def remark(self, remark: Remark) -> None:
        async def seen() -> bool:
            return await self.find(remark) is not None

        await self.ensure(f"{remark.author} writes: {remark.text}", seen, lambda: self.write(remark))

    async def write(self, remark: Remark) -> Any:
        path = f"/posts/{self.posts[remark.shot].post_id}/comments"
        return await self.clients[remark.author].post(path, {"text": remark.text})

    async def find(self, remark: Remark) -> Any:
        """The comment that starts like this remark, or None."""
        path = f"/posts/{self.posts[remark.shot].post_id}/comments"
        comments = await self.clients[remark.author].every(path, "comments")
        theirs = [comment for comment in comments if comment["user"]["username"] == username(remark.author)]
        return next((comment for comment in theirs if comment["text"].startswith(remark.text)), None)

    def local(self, path: str) -> str:
        """A path as an address on this server; an address elsewhere as it is."""
        return urljoin(str(self.http.base_url), path)


def username(person: str) -> str:
    return f"demo_{person}"


def password(person: str) -> str:
    return hashlib.sha256(f"photolog demo {person}".encode()).hexdigest()[:24]


def _key(method: str, path: str, body: bytes) -> str:
    # A repeated sign-up must be refused as anyone's would be, not answered like the first.
    return fresh_key(method, path, body) if path == "/accounts" else stable_key(method, path, body)
