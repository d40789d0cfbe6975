"""Feeds as a server shows them, page by page to the end of what is kept of one; and as the reference model has them."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from projections.ports import FEED_LIMIT
from tests.bench.graph.site import GraphSite, post_id
from tests.bench.graph.town import Town
from tests.callers import callers
from tests.processes import ServerProcess
from tests.reference.facts import Fact, Followed, PostDeleted, Published, SignedUp
from tests.reference.model import readable

PAGE, AT_ONCE, LOOK_S = 90, 4, 1.0
"""No page ends with the last post that is kept of a feed: what is below is on the same one."""


async def measured(server: ServerProcess) -> dict[str, float]:
    """What /metrics says, summed over labels."""
    port = server.environment["PHOTOLOG_OPS_PORT"]
    async with callers(f"http://127.0.0.1:{port}") as http:
        text = (await http.get("/metrics")).text
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0.0) + sample.value
    return found


async def carried_out(server: ServerProcess) -> dict[str, float]:
    """Returns once every row is written and what follows from it is done: what the process has counted until then."""
    while True:
        found = await measured(server)
        if not (found["photolog_unmeasured"] or found["photolog_lag_events"] or found["photolog_window_events"]):
            return found
        await asyncio.sleep(LOOK_S)


@dataclass
class Readers:
    """Read feeds with these tokens, some at once."""

    tokens: Mapping[str, str]
    waited: list[float] = field(default_factory=list)

    async def begin(self, server: ServerProcess, people: Iterable[str]) -> None:
        """The first page of each, so that the feed is there and is pushed to."""
        await self._each(server, people, lambda http, person: self._page(http, person, None))

    async def all(self, server: ServerProcess) -> dict[str, list[str]]:
        """The whole feed of everybody."""
        found: dict[str, list[str]] = {}

        async def whole(http: httpx.AsyncClient, person: str) -> None:
            found[person] = await self._whole(http, person)

        await self._each(server, self.tokens, whole)
        return found

    async def _whole(self, http: httpx.AsyncClient, person: str) -> list[str]:
        shown: list[str] = []
        cursor = None
        while len(shown) <= FEED_LIMIT:
            page = await self._page(http, person, cursor)
            shown += [post["post_id"] for post in page["posts"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        return shown

    async def _page(self, http: httpx.AsyncClient, person: str, cursor: str | None) -> dict[str, Any]:
        asked = {"limit": str(PAGE)} | ({} if cursor is None else {"cursor": cursor})
        began = time.perf_counter()
        answer = await http.get("/feed", params=asked, headers={"Authorization": f"Bearer {self.tokens[person]}"})
        self.waited.append(time.perf_counter() - began)
        page: dict[str, Any] = answer.raise_for_status().json()
        return page

    async def _each(self, server: ServerProcess, people: Iterable[str], work: Any) -> None:
        left: Iterator[str] = iter(people)

        async def worker(http: httpx.AsyncClient) -> None:
            for person in left:
                await work(http, person)

        async with callers(server.url) as http, asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(worker(http))


def compared(
    shown: Mapping[str, list[str]], town: Town, site: GraphSite, more: Mapping[str, set[str]]
) -> dict[str, Any]:
    """Each feed with its definition; `more` is whom people follow besides. Only a feed that is longer than what is kept
    may end before its definition does."""
    due = readable(_facts(shown, town, site, more), FEED_LIMIT + PAGE).accounts
    wrong, entries, beyond = [], 0, 0
    for person, feed in shown.items():
        right = due[site.account(person)].feed
        entries += len(feed)
        beyond += len(right) > FEED_LIMIT
        is_whole = len(feed) == len(right) or len(feed) > FEED_LIMIT
        if not is_whole or tuple(feed) != right[: len(feed)]:
            wrong.append({"person": person, "shown": len(feed), "due": len(right)})
    return {"feeds": len(shown), "beyond_the_cap": beyond, "entries": entries, "wrong": wrong}


def _facts(people: Iterable[str], town: Town, site: GraphSite, more: Mapping[str, set[str]]) -> Iterator[Fact]:
    for person in people:
        account = site.account(person)
        yield SignedUp(account)
        for followee in town.followees.get(person, set()) | more.get(person, set()):
            yield Followed(account, site.account(followee))
    for post in town.posts:
        author, at = site.published[post.number]
        yield Published(post_id(post), author, at)
    for number in town.deleted:
        yield PostDeleted(post_id(town.posts[number]))
