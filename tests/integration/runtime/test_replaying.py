"""A replay ends where the log ended when it began, whoever appends meanwhile: no batch of what came later is begun."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from commands.ports import Entry
from events.likes import PostLiked
from processors.appliers import Appliers
from processors.replaying import RowsAlone, replay
from projections.likes import LIKES, PROJECTION
from schemas.ids import AccountId, PostId
from tests.integration.stores import KEPT, Site, opened_site
from tests.unit.samples import recorded

BEFORE = 30


@dataclass
class Busy:
    """The log of a site, as far as it is read: somebody likes something whenever it is asked how far it is."""

    site: Site
    told: list[int] = field(default_factory=list)
    """Events that there were, each time."""

    async def ends(self) -> Mapping[tuple[str, int], int]:
        found = await self.site.log.ends()
        self.told.append(sum(found.values()))
        await like(self.site, self.told[-1])
        return found

    async def read(self, topic: str, partition: int, start: int, limit: int) -> list[Entry]:
        return await self.site.log.read(topic, partition, start, limit)

    async def wait(self, timeout: float) -> None:
        await self.site.log.wait(timeout)


async def like(site: Site, number: int) -> None:
    """Somebody likes the post, who has not before."""
    liked = PostLiked(post_id=PostId("po_1"), account_id=AccountId(f"ac_{number}"), author_id=None)
    await site.append(recorded(liked, f"like/po_1/ac_{number}", 1, f"ev_{number}"))


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    with opened_site(tmp_path, [PROJECTION.id]) as opened:
        await opened.tables.create([*KEPT, *PROJECTION.tables])
        for number in range(BEFORE):
            await like(opened, number)
        yield opened


async def test_what_is_appended_meanwhile_is_left_alone(site: Site) -> None:
    runtime = site.runtime(RowsAlone(PROJECTION), appliers=Appliers(site.rows, {}))
    log = Busy(site)
    busy = replace(runtime, sources=replace(runtime.sources, log=log))  # type: ignore[arg-type]
    assert await replay(busy, lambda so_far: None, asyncio.Event())
    taken = sum(one.rows for one in (await site.positions.progress(PROJECTION.id)).values())
    assert taken in log.told[:2], "where it ended when the replay began"
    assert taken < log.told[-1], "there was more that it could have taken"
    assert await site.tables.sizes(LIKES, [("po_1",)]) == {("po_1",): taken}
