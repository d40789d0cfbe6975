"""Somebody who only reads while processes die: whatever comes back must be right in itself."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.visible import GONE
from tests.chaos.wire import Wire
from tests.chaos.world import World

PAUSE_S = 0.05
CARD = {"post_id", "kind", "user", "caption", "tags", "alt_text", "image_urls", "sources", "width", "height"}
CARD |= {"blurhash", "like_count", "comment_count", "liked_by_viewer", "created_at"}
SIZES = {"thumbnail", "feed", "full"}


@dataclass
class Watcher:
    """Pages through feeds and opens posts and photos, as any account."""

    world: World
    wire: Wire
    chance: random.Random
    reads: int = 0
    gone: set[str] = field(default_factory=set)
    """Posts that were seen, and then were not: in the end each must have been deleted."""

    async def watch(self, until: asyncio.Event) -> None:
        """Reads until it is told to stop."""
        while not until.is_set():
            viewer = self.chance.choice(self.world.actors)
            cards = await self._feed(viewer)
            if cards:
                await self._open(self.chance.choice(cards), viewer)
            await asyncio.sleep(PAUSE_S)

    async def _feed(self, viewer: str) -> list[dict[str, Any]]:
        limit = self.chance.choice([1, 4, 20])
        cards: list[dict[str, Any]] = []
        cursor: dict[str, Any] = {}
        while True:
            page = await self._get("/feed", viewer, limit=limit, **cursor)
            cards += page["posts"]
            assert len(page["posts"]) == limit or not page["has_more"], "a short page while more exist"
            if not page["has_more"]:
                break
            cursor = {"cursor": page["next_cursor"]}
        for card in cards:
            assert_whole(card)
            assert card["user"]["user_id"] != viewer, "one's own post in one's feed"
        places = [(card["created_at"], card["post_id"]) for card in cards]
        assert places == sorted(set(places), reverse=True), f"twice, or out of order: {places}"
        return cards

    async def _open(self, card: dict[str, Any], viewer: str) -> None:
        post = card["post_id"]
        shown = await self.wire.read(f"/posts/{post}", viewer)
        image = await self.wire.request("GET", card["image_urls"][self.chance.choice(sorted(SIZES))])
        self.reads += 2
        if shown.status in GONE or image.status_code in GONE:
            self.gone.add(post)
            return
        assert (shown.status, image.status_code) == (200, 200), f"{post}: {shown} {image}"
        assert_whole(shown.json)
        assert image.content.startswith(b"\xff\xd8\xff"), f"{post} has a photo that is none"

    async def _get(self, path: str, viewer: str, **params: Any) -> dict[str, Any]:
        answer = await self.wire.read(path, viewer, **params)
        self.reads += 1
        assert answer.status == 200, f"{path} answered {answer.status} {answer.body!r}"
        return answer.json


def assert_whole(card: dict[str, Any]) -> None:
    """Nothing of a card is missing or cannot be."""
    assert card.keys() >= CARD, f"a card lacks {CARD - card.keys()}"
    assert card["user"]["username"], card
    assert set(card["image_urls"]) == SIZES, card
    assert min(card["like_count"], card["comment_count"]) >= 0, card
    assert isinstance(card["liked_by_viewer"], bool), card
