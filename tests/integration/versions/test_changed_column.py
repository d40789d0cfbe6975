"""A projection that a release has changed: a new column, deployed while serving, with the old function kept beside."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from infra.process.settings import Settings
from infra.versions.orders import Orders
from infra.wiring.operating import operating
from projections.effects import Projection
from projections.likes import LIKES, PROJECTION
from projections.live import Live
from projections.site import SiteState, read, written
from projections.versioned import VersionedTables
from projections.versions import Refused, Standing
from tests.integration.versions.releases import (
    NEW_TO_IT,
    WITH_EVENT,
    append,
    key,
    like,
    live_is,
    passed,
    served,
    the_next_release,
)


async def test_an_old_folder_is_brought_to_this_release_by_nobody_while_it_serves(folder: Path) -> None:
    settings = Settings(data=folder, canary_every_s=0)
    with the_next_release():
        async with served(settings) as server, operating(settings) as site:
            first = await server.seen(7)
            assert first["liked_at"] == like(7).at, "served from the first moment on"
            assert first["event_id"] in ("unsaid", "ev_7")
            await live_is(site, 2)
            await asyncio.sleep(1.1)  # the lease of whoever reads
            assert (await server.seen(7))["event_id"] == "ev_7"
            places = await append(site, 100)
            for subscriber in ("likes@v1", "likes@v2", *(f"{name}@v1" for name in NEW_TO_IT)):
                await passed(site, subscriber, places)
            old = (await site.stored.tables.get(LIKES, [key(100)]))[key(100)]
            assert "event_id" not in old, "the old version goes on, by the old function"
            assert (await server.seen(100))["event_id"] == "ev_100"
        async with served(settings), operating(settings) as site:
            await asyncio.sleep(0.5)
            assert sorted((await site.state.fresh()).state.of("likes").kept) == [1, 2], "nothing is built twice"


async def test_an_api_of_the_release_before_answers_as_ever_beside_a_version_with_another_column(folder: Path) -> None:
    settings = Settings(data=folder, canary_every_s=0)
    before = replace(PROJECTION)
    with the_next_release():
        async with served(settings), operating(settings) as site:
            old_api = VersionedTables(site.stored.tables, Live([before], site.state.current))
            first = await old_api.get(LIKES, [key(7)])
            await live_is(site, 2)
            await site.state.fresh()
            assert await old_api.get(LIKES, [key(7)]) == first
            assert await old_api.slice(LIKES, key(7)[:2], 5) == await site.stored.tables.slice(LIKES, key(7)[:2], 5)
            assert (await old_api.sizes(LIKES, [("po_1",)]))["po_1",] == 60


async def test_going_back_reads_the_default_again_and_is_respected_at_the_next_start(folder: Path) -> None:
    settings = Settings(data=folder, canary_every_s=0)
    with the_next_release():
        async with served(settings) as server, operating(settings) as site:
            await live_is(site, 2)
            orders = Orders.of(site, settings, print)
            assert await orders.rollback("likes") == 1
            await asyncio.sleep(1.1)
            assert (await server.seen(7))["event_id"] == "unsaid"
            differing = await orders.diff("likes")
            assert dict(differing.differing) == {"likes: other columns": 60}
            assert differing.named[0]["columns"] == ["event_id"]
            assert (await orders.verify("likes")).is_right
        async with served(settings), operating(settings) as site:
            await asyncio.sleep(1)
            assert (await site.state.fresh()).state.of("likes").live == 1, "an operator has gone back"
            await Orders.of(site, settings, print).switch("likes")
            assert (await site.state.fresh()).state.of("likes").live == 2


async def test_a_version_of_a_later_shape_is_left_to_the_release_that_knows_it(folder: Path) -> None:
    settings = Settings(data=folder, canary_every_s=0)
    with the_next_release():
        async with served(settings), operating(settings) as site:
            await live_is(site, 2)
            await Orders.of(site, settings, print).rollback("likes")
    async with served(settings) as server, operating(settings) as site:
        assert "likes@v2" not in [one.subscriber.id for one in server.platform.feeding.runtimes()]
        assert "likes@v1" in [one.subscriber.id for one in server.platform.feeding.runtimes()]
        with pytest.raises(Refused, match="later release"):
            await Orders.of(site, settings, print).verify("likes")


async def test_a_new_site_has_todays_shape_from_its_first_version_on(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, canary_every_s=0)
    with the_next_release():
        async with served(settings) as server, operating(settings) as site:
            await passed(site, "likes@v1", await append(site, 3))
            assert (await server.seen(3))["event_id"] == "ev_3"
            state = (await site.state.fresh()).state
    assert (state.of("likes").live, state.shape("likes", 1)) == (1, 2)


def test_a_release_that_knows_no_shapes_carries_them_along() -> None:
    state = SiteState().shaped("likes", 2, 2)
    assert read(written(state)) == state
    kept = state.with_versions("likes", state.of("likes").begun().standing(2, Standing.FOLLOWING))
    assert '"shapes":{"likes":{"2":2}}' in written(kept), "beside the versions, which it writes anew"


def test_a_shape_is_a_projections_own_functions_and_tables() -> None:
    before = Projection("toys", [], [LIKES])
    now = Projection("toys", [], [WITH_EVENT], shape=2, earlier=(before,))
    first, second = now.shaped(1, 1), now.shaped(2, 5)
    assert first is not None
    assert second is not None
    assert (list(first.tables), list(second.tables), second.id) == ([LIKES], [WITH_EVENT], "toys@v5")
    assert now.shaped(3, 6) is None
