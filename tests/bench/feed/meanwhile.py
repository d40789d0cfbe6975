"""What stays true while pages are served as fast as they can be: a like soon shows, and a token that ends is refused.

A worker of all read models projects the likes, which are appended to the log here.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from events.likes import PostLiked
from infra.process.clock import wall_clock
from infra.process.environment import load_settings
from infra.wiring import assembly
from infra.wiring.cluster import Cluster, connected
from schemas.ids import AccountId, SessionId
from tests.bench.feed.load import asked, under
from tests.bench.feed.made_up import event_of, row_of
from tests.bench.feed.world import Site
from tests.bench.pushing.visible import worker
from tests.bench.reports import spread
from tests.callers import callers

IN_FLIGHT = 16
LIKES = 20
LOOK_S, WITHIN_S = 0.02, 60.0
LIVES_S = 3
"""A token, until it ends; whoever holds it asks all the time."""


async def meanwhile(site: Site, viewers: Sequence[AccountId]) -> dict[str, Any]:
    """How long likes took to be on the page of who made them; and how long after its end a token was refused, of which
    every page before has to have come."""
    settings = load_settings()
    async with connected(settings) as cluster, callers(f"http://127.0.0.1:{site.port}") as http:
        likers = Likers(site, viewers, cluster, http)
        tokens = assembly.access_tokens(settings, cluster.secrets)
        async with worker("projections"):
            await likers.like(LIKES)  # once this shows, the worker is at it, and has looked at Redis
            async with under(asked(site, site.drawn(), IN_FLIGHT)):
                likes = [await likers.like(number) for number in range(LIKES)]
                now = wall_clock()
                then = now - 1_000 * (tokens.lifetime_s - LIVES_S)
                refused_at = await _refused_at(http, tokens.issue(viewers[0], SessionId("se_00000000001"), then))
    refused_s = refused_at - (-(-now // 1_000) + LIVES_S)
    return {"like_shown_after_ms": spread(likes), "ended_token_refused_after_s": round(refused_s, 3)}


@dataclass
class Likers:
    """Viewers who like the newest post on their page."""

    site: Site
    viewers: Sequence[AccountId]
    cluster: Cluster
    http: httpx.AsyncClient

    async def like(self, number: int) -> float:
        """Seconds from the log's acknowledgement until the count and the viewer's own flag are on the page."""
        before = await self._newest(number)
        post, liker = before["post_id"], self.viewers[number]
        event = PostLiked(post_id=post, account_id=liker, author_id=before["user"]["user_id"])
        vault = self.cluster.write.vault
        await vault.create_key(liker)
        like = event_of(event, f"like/{post}/{liker}", number + 1, wall_clock())
        await self.cluster.write.log.append([row_of(like, await vault.keys([liker]))])
        began = time.perf_counter()
        while time.perf_counter() - began < WITHIN_S:
            card = await self._newest(number)
            if card["liked_by_viewer"] and card["like_count"] > before["like_count"]:
                return time.perf_counter() - began
            await asyncio.sleep(LOOK_S)
        raise TimeoutError(f"a like does not show: {card}")

    async def _newest(self, number: int) -> dict[str, Any]:
        """The first card on the viewer's page. Until a worker has looked at Redis there may be no turn for one."""
        answer = await _asked(self.http, self.site.tokens[number])
        if answer.status_code == 503:
            await asyncio.sleep(float(answer.headers["Retry-After"]))
            return await self._newest(number)
        answer.raise_for_status()
        card: dict[str, Any] = answer.json()["posts"][0]
        return card


async def _refused_at(http: httpx.AsyncClient, token: str) -> float:
    """Seconds since the epoch."""
    while (answer := await _asked(http, token)).status_code != 401:
        answer.raise_for_status()
    return time.time()


async def _asked(http: httpx.AsyncClient, token: str) -> httpx.Response:
    return await http.get("/feed", headers={"Authorization": f"Bearer {token}"})
