"""Readers of feeds who come at a steady rate, whatever becomes of those before them, and look at what they get."""

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from projections.ports import FeedEntry
from schemas.ids import AccountId
from tests.chaos.reading.asking import Ask
from tests.chaos.reading.definition import Asked, Definition

LIMIT = 20


@dataclass
class Readers:
    """All of them. `faults` are answers that are neither right nor a refusal that says when to come back."""

    ask: Ask
    definition: Definition
    tokens: Mapping[AccountId, str]
    chance: random.Random
    faults: list[str] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    """`full`, `short` and `refused`."""
    last_but_full: float = 0.0
    """When the last request was asked that was answered otherwise than by a full page."""
    slowest_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Of each kind of answer: the longest that one took."""
    came_a_second: float = 0.0
    """Readers: fewer than there should be, where the machine is too slow for so many."""

    async def come(self, a_second: float, meanwhile: "asyncio.Task[None]") -> None:
        """Readers at this rate until `meanwhile` is over, and until all have been answered."""
        viewers, begun, number = list(self.tokens), time.monotonic(), 0
        async with asyncio.TaskGroup() as all_of_them:
            while not meanwhile.done():
                all_of_them.create_task(self.read(self.chance.choice(viewers)))
                number += 1
                await asyncio.sleep(max(0.0, begun + number / a_second - time.monotonic()))
            self.came_a_second = number / (time.monotonic() - begun)
        await meanwhile

    async def read(self, viewer: AccountId) -> None:
        """The first page, and mostly the next."""
        asked = Asked(viewer, self._due(viewer), LIMIT)
        page = await self.page(asked, None)
        if page is not None and page["has_more"] and self.chance.random() < 0.5:
            last = page["posts"][-1]["post_id"]
            await self.page(Asked(viewer, asked.due, LIMIT, self.definition.begun[last]), page["next_cursor"])

    async def page(self, asked: Asked, cursor: str | None) -> dict[str, Any] | None:
        """A page, judged; None where there was none."""
        since = time.monotonic()
        query = {"limit": str(asked.limit), **({"cursor": cursor} if cursor else {})}
        way = self.chance.choice(("identity", "gzip"))  # by the plain endpoint, or by the application's route
        headers = {"Authorization": f"Bearer {self.tokens[asked.viewer]}", "Accept-Encoding": way}
        answer = await self.ask(query, headers)
        took_s = time.monotonic() - since
        page: dict[str, Any] | None = None
        kind = "refused"
        if answer.status == 200:
            page = orjson.loads(answer.body)
            degraded = answer.headers.get("Photolog-Degraded") == "1"
            kind = "short" if degraded else "full"
            self.faults += self.definition.faults(asked, page, degraded)
        elif answer.status != 503 or "Retry-After" not in answer.headers:
            self.faults.append(f"{answer.status}: {answer.body[:200]!r}")
        self.answers[kind] += 1
        self.slowest_s[kind] = max(self.slowest_s[kind], round(took_s, 2))
        if kind != "full":
            self.last_but_full = max(self.last_but_full, since)
        return page

    async def content(self, seconds: float, since: float) -> None:
        """Returns once everybody who came in so many seconds after `since` was given a full page."""
        left = seconds
        while left > 0:
            await asyncio.sleep(left)
            left = max(since, self.last_but_full) + seconds - time.monotonic()

    async def whole(self, viewer: AccountId) -> list[str]:
        """All posts of a feed, page by page."""
        shown: list[str] = []
        cursor: str | None = None
        after: FeedEntry | None = None
        while True:
            page = await self.page(Asked(viewer, self._due(viewer), 100, after), cursor)
            assert page is not None, "it is refused"
            shown += [card["post_id"] for card in page["posts"]]
            if not page["has_more"]:
                return shown
            cursor, after = page["next_cursor"], self.definition.begun[shown[-1]]

    def _due(self, viewer: AccountId) -> frozenset[FeedEntry]:
        return frozenset(self.definition.due(viewer))
