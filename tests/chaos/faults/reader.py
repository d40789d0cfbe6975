"""What one account reads while stores come and go: every answer is compared with what it must show."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from schemas.positions import Position, encode_token
from tests.chaos.faults.client import Client
from tests.chaos.faults.known import Fact, Key, Post, covered
from tests.forms import LONG

SEEN_PLACES = 8
PAUSE_S = 0.05 if LONG else 0.2


class Reader:
    """Reads one kind of page after the other as this client."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._talk, self._known = client.talk, client.known
        self._kinds = [self.feed, self.card, self.comments, self.profile, self.media]

    async def read(self, going_on: Callable[[], bool]) -> None:
        """Pages until told to stop."""
        while going_on():
            await self._client.chance.choice(self._kinds)()
            await asyncio.sleep(PAUSE_S)

    async def feed(self) -> None:
        """First posts are in it if and only if their author is followed; nobody else's post is."""
        account, before = self._client.account, self._known.sure("follow", self._client.account)
        found = await self._get("feed", "/feed", limit=100)
        if found is None:
            return
        page, seen = found
        follows = {key[2]: fact.value for key, fact in self._covered(before, seen).items()}
        shown = {card["post_id"]: card for card in page["posts"]}
        for post in [post for post in self._known.posts.values() if post.first and post.author in follows]:
            if (post.post_id in shown) != follows[post.author] and not page["has_more"]:
                self._wrong("feed", f"{account} follows {post.author}: {follows[post.author]}", shown.keys())
        strangers = {
            card["user"]["user_id"] for card in shown.values() if follows.get(card["user"]["user_id"]) is False
        }
        if strangers:
            self._wrong("feed", "posts of accounts that are not followed", strangers)
        times = [card["created_at"] for card in page["posts"]]
        if times != sorted(times, reverse=True):
            self._wrong("feed", "in another order than that of time", times)

    async def card(self) -> None:
        """Whether the viewer likes the post."""
        post = self._post()
        before = self._known.sure("like", self._client.account, post.post_id)
        found = await self._get("card", f"/posts/{post.post_id}")
        if found is None:
            return
        page, seen = found
        for key, fact in self._covered(before, seen).items():
            if page["liked_by_viewer"] != fact.value or (fact.value and page["like_count"] < 1):
                self._wrong("card", f"{key} is {fact}", page)

    async def comments(self) -> None:
        """All of one's own are there."""
        post = self._post()
        before = self._known.sure("comment", post.post_id, self._client.account)
        found = await self._get("comments", f"/posts/{post.post_id}/comments", limit=100)
        if found is None:
            return
        page, seen = found
        texts = {comment["text"] for comment in page["comments"]}
        lacking = [key for key in self._covered(before, seen) if key[3] not in texts]
        if lacking and not page["has_more"]:
            self._wrong("comments", f"lack {lacking}", texts)

    async def profile(self) -> None:
        """The display name, and how many are followed."""
        account = self._client.account
        names, follows = self._known.sure("name", account), self._known.sure("follow", account)
        found = await self._get("profile", f"/users/{account}")
        if found is None:
            return
        page, seen = found
        for fact in self._covered(names, seen).values():
            if page["display_name"] != fact.value:
                self._wrong("profile", f"the name is {fact.value}", page)
        sure = self._covered(follows, seen)
        mine = [key for key in self._known.facts if key[:2] == ("follow", account)]  # another may have come meanwhile
        if len(sure) == len(mine) and page["following_count"] != sum(fact.value for fact in sure.values()):
            self._wrong("profile", f"follows are {sure}", page)

    async def media(self) -> None:
        """The same bytes as ever."""
        post = self._post()
        if not post.thumbnail:
            found = await self._get("card", f"/posts/{post.post_id}")
            if found is None:
                return
            post.thumbnail = found[0]["image_urls"]["thumbnail"]
        answer = await self._talk.ask("media", "GET", httpx.URL(post.thumbnail).path)
        if answer is None or answer.status_code == 503:
            return
        digest = hashlib.sha256(answer.content).hexdigest()
        post.digest = post.digest or digest
        if answer.status_code != 200 or digest != post.digest:
            self._wrong("media", f"answered {answer.status_code}, {len(answer.content)} bytes", post)

    async def _get(self, kind: str, path: str, **params: Any) -> tuple[dict[str, Any], list[Position]] | None:
        """A page and what it must have seen; every other time without a position, when old facts must do."""
        seen = self._client.seen[-SEEN_PLACES:] if self._client.chance.random() < 0.5 else []
        token = encode_token(seen) if seen else ""
        answer = await self._talk.ask(kind, "GET", path, token=self._client.token, seen=token, params=params)
        if answer is None or answer.status_code == 503:
            return None
        if answer.status_code != 200:
            self._wrong(kind, f"answered {answer.status_code}", answer.text[:200])
            return None
        page: dict[str, Any] = answer.json()
        if answer.headers.get("Photolog-Degraded") and not page["has_more"]:
            self._wrong(kind, "is degraded and says that it is whole", page)
        return page, seen

    def _covered(self, before: Mapping[Key, Fact], seen: list[Position]) -> Mapping[Key, Fact]:
        return {key: fact for key, fact in self._known.still(before).items() if covered(fact, seen)}

    def _post(self) -> Post:
        return self._client.chance.choice(list(self._known.posts.values()))

    def _wrong(self, kind: str, why: str, shown: object) -> None:
        self._talk.record.fault(f"{kind}: wrong for {self._client.account}: {why}; it shows {shown}")
