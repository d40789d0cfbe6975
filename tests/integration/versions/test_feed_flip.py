"""The feed's projection is switched while posts are pushed, follows filled in and feeds made: every feed is exact."""

import asyncio
import random
from pathlib import Path

import httpx
import pytest

from infra.process.clock import wall_clock
from infra.process.settings import Settings
from infra.secrets.site import site_secrets
from infra.versions.orders import Orders
from infra.wiring import assembly
from infra.wiring.operating import Operating, operating
from projections.all import PROJECTIONS
from schemas.ids import AccountId, SessionId
from schemas.positions import Position
from tests.bench.embedded_reads import projected
from tests.callers import callers
from tests.chaos.projecting.mixed import Mixed
from tests.chaos.projecting.people import settled_by
from tests.integration.stores import open_site
from tests.pace import patient
from tests.processes import running_server
from tests.reference.log import facts_in, read_log
from tests.reference.model import readable

PEOPLE, AT_ONCE, READERS, THINKS_S = 20, 15, 2, 0.02
LEAST = 400
"""Events that happen meanwhile."""


@pytest.mark.timeout(300)
async def test_every_feed_is_exact_after_flips_under_pushes_backfills_and_first_readers(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    open_site(tmp_path)
    async with operating(settings) as site:
        mixed = await settled_by(site.handler, PEOPLE, random.Random(3))
        await site.write.log.append(mixed.settled())
        tokens = {who: token(settings, who) for who in mixed.opened}
        async with running_server(tmp_path) as server, callers(server.url) as http:
            await projected(http)
            over, refusals = asyncio.Event(), list[str]()
            beside = [asyncio.create_task(read(http, tokens, over, refusals, seed)) for seed in range(READERS)]
            going_on = asyncio.create_task(go_on(site, mixed, over))
            orders = Orders.of(site, settings, print)
            verdict = await orders.rebuild("feed", asyncio.Event())
            assert verdict is not None
            assert verdict.is_right, verdict.named
            assert [await orders.switch("feed"), await orders.rollback("feed"), await orders.switch("feed")] == [
                1,
                1,
                1,
            ]
            over.set()
            assert await going_on > LEAST, "there was something to push meanwhile"
            await asyncio.gather(*beside)
            assert refusals == []
            await passed(site, "feed@v2", *(projection.id for projection in PROJECTIONS))
            due = readable(facts_in(read_log(tmp_path))).accounts
            shown = {who: await pages(http, tokens[who]) for who in tokens}
    assert sum(map(len, shown.values())) > PEOPLE
    assert shown == {who: list(due[who].feed) for who in tokens}


async def go_on(site: Operating, mixed: Mixed, over: asyncio.Event) -> int:
    """Posts, follows and their ends among everybody else's business, some at a time. How much happened."""
    happened = 0
    while not over.is_set() or happened <= LEAST:
        rows = mixed.more(AT_ONCE)
        await site.write.log.append(rows)
        happened += len(rows)
        await asyncio.sleep(THINKS_S)
    return happened


def token(settings: Settings, who: AccountId) -> str:
    return assembly.access_tokens(settings, site_secrets(settings)).issue(who, SessionId("se_0"), wall_clock())


async def read(
    http: httpx.AsyncClient, tokens: dict[AccountId, str], over: asyncio.Event, refusals: list[str], seed: int
) -> None:
    """One feed after the other; the first reader of each makes it."""
    chance = random.Random(seed)
    while not over.is_set():
        who = chance.choice(list(tokens))
        answer = await http.get("/feed", headers={"Authorization": f"Bearer {tokens[who]}"})
        if answer.status_code != httpx.codes.OK:
            refusals.append(answer.text)
        await asyncio.sleep(THINKS_S)


async def pages(http: httpx.AsyncClient, token: str) -> list[str]:
    """The whole feed."""
    found: list[str] = []
    path: str | None = "/feed?limit=100"
    while path is not None:
        page = (await http.get(path, headers={"Authorization": f"Bearer {token}"})).json()
        found += [post["post_id"] for post in page["posts"]]
        path = f"/feed?limit=100&cursor={page['next_cursor']}" if page["has_more"] else None
    return found


async def passed(site: Operating, *subscribers: str) -> None:
    """They have finished what is in the log now."""
    ends = (await site.write.log.ends()).items()
    due = [Position(topic, partition, end - 1) for (topic, partition), end in ends if end]
    for one in subscribers:
        assert await site.stored.positions.wait([one], due, patient(60), due), one
