"""Who uses a site while its read models are rebuilt: people who walk through pages, and newcomers who follow them.

Newcomers read nothing, so nothing that is walked through changes: whatever is missed or seen twice is at fault.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from schemas.ids import AccountId

LIMIT = 50
NAMED = 20
SIDE_BY_SIDE = 4
"""Readers, and newcomers, at a time: one of them waits for answers more than the rate allows."""


@dataclass
class Users:
    """All of them. `wrong` is whatever no reader should have seen, the first few."""

    http: httpx.AsyncClient
    tokens: Mapping[AccountId, str]
    newcomers: Mapping[str, str]
    """Tokens by account."""
    chance: random.Random
    wrong: list[str] = field(default_factory=list)
    faults: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    took: dict[str, list[float]] = field(default_factory=dict)
    """Seconds of each query, and of each command."""
    _walks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What a walk saw at first: nobody publishes or deletes."""

    async def use(self, queries: float, commands: float, over: asyncio.Event) -> None:
        """At these rates a second, until it is over."""
        async with asyncio.TaskGroup() as all_of_them:
            for _ in range(SIDE_BY_SIDE):
                all_of_them.create_task(self._come(self.walk, queries / SIDE_BY_SIDE, over))
                all_of_them.create_task(self._come(self.command, commands / SIDE_BY_SIDE, over))

    async def _come(self, one: Callable[[], Awaitable[int]], a_second: float, over: asyncio.Event) -> None:
        """As many as are asked for: a walk is several queries, so a reader who comes takes the turns of as many."""
        began, done = time.monotonic(), 0
        while not over.is_set():
            done += await one()
            await asyncio.sleep(max(0.0, began + done / a_second - time.monotonic()))

    async def walk(self) -> int:
        """Through somebody's feed or grid, from its beginning to its end. How many queries that was."""
        viewer = self.chance.choice(list(self.tokens))
        path = self.chance.choice(["/feed", f"/users/{self.chance.choice(list(self.tokens))}/feed"])
        queries, seen = await self._pages(path, viewer)
        if seen is None:
            return queries
        if len(set(seen)) < len(seen):
            self._fault(f"{path}: {len(seen) - len(set(seen))} posts twice")
        name = f"{viewer} {path}" if path == "/feed" else path
        before = self._walks.setdefault(name, seen)
        if seen != before:
            missed, more = set(before) - set(seen), set(seen) - set(before)
            self._fault(f"{path}: {len(missed)} posts missing, {len(more)} too much, of {len(before)}")
        return queries

    async def command(self) -> int:
        """A newcomer follows somebody, or does no longer. One command."""
        newcomer, followee = self.chance.choice(list(self.newcomers)), self.chance.choice(list(self.tokens))
        method = self.chance.choice(["POST", "DELETE"])
        answer = await self._ask(method, f"/follow/{followee}", self.newcomers[newcomer])
        if answer.status_code >= 300:
            self._fault(f"{method} /follow: {answer.status_code} {answer.text[:200]}")
        return 1

    async def _pages(self, path: str, viewer: AccountId) -> tuple[int, tuple[str, ...] | None]:
        seen: list[str] = []
        query: dict[str, Any] = {"limit": LIMIT}
        queries = 0
        while True:
            queries += 1
            answer = await self._ask("GET", path, self.tokens[viewer], query)
            if answer.status_code != 200:
                self._fault(f"{path}: {answer.status_code} {answer.text[:200]}")
                return queries, None
            page = answer.json()
            seen += [card["post_id"] for card in page["posts"]]
            if not page["has_more"]:
                return queries, tuple(seen)
            query["cursor"] = page["next_cursor"]

    async def _ask(self, method: str, path: str, token: str, query: Mapping[str, Any] | None = None) -> Any:
        began = time.monotonic()
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self.http.request(method, path, params=query, headers=headers)
        kind = "query" if method == "GET" else "command"
        self.took.setdefault(kind, []).append(time.monotonic() - began)
        self.answers[f"{kind} {answer.status_code}"] += 1
        return answer

    def _fault(self, what: str) -> None:
        self.faults += 1
        if len(self.wrong) < NAMED:
            self.wrong.append(what)
