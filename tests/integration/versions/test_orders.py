"""Orders about versions: what is wrong is named, what was begun goes on, and what cannot be is refused."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from events.codec import encode
from events.likes import PostLiked
from infra.process.settings import Settings
from infra.versions.arrivals import Arrivals
from infra.versions.orders import Orders
from infra.wiring.operating import operating
from processors.log_driver import LogDriver
from projections.buckets import bucket
from projections.likes import LIKES, PROJECTION
from projections.ports import Origin, Write
from projections.versions import Refused, Standing
from schemas.errors import NotYetVisible
from schemas.ids import AccountId, EventId, PostId
from schemas.positions import Position
from tests.integration.handlers import row_of
from tests.integration.stores import NO_KEY
from tests.integration.versions.likers import LIKERS, POSTS, built, likes
from tests.pace import patient
from tests.unit.samples import recorded


async def follow(orders: Orders, version: int) -> None:
    """Feeds a version up to the log's end, as a server does."""
    runtime = orders.feeder.runtime(replace(PROJECTION, version=version))
    driving = asyncio.create_task(LogDriver(runtime).run())
    ends = (await orders.feeder.write.log.ends()).items()
    due = [Position(topic, partition, end - 1) for (topic, partition), end in ends if end]
    assert await runtime.sources.positions.wait([runtime.subscriber.id], due, patient(20))
    driving.cancel()
    await asyncio.gather(driving, return_exceptions=True)


def a_write(post: str, account: str, number: int, liked_at: int | None) -> Write:
    key = (post, bucket(AccountId(account)), account)
    row = None if liked_at is None else {**dict(zip(LIKES.key_columns, key, strict=True)), "liked_at": liked_at}
    return Write(LIKES.at(2), key, number, row, Origin(0, 0), was=True)


def throw_away(folder: Path) -> None:
    """As an operator does whose disk is full."""
    for path in folder.glob("views.sqlite*"):
        path.unlink()


async def test_a_version_that_equals_the_log_is_verified(orders: Orders) -> None:
    verdict = await built(orders)
    assert (verdict.is_right, verdict.rows, verdict.counts) == (True, POSTS * LIKERS * 3 // 4, POSTS)
    (listed,) = [one for one in await orders.listed() if one["name"] == "likes" and one["version"] == 2]
    assert listed == {
        "name": "likes",
        "version": 2,
        "live": False,
        "state": "following",
        "verified": True,
        "lag_events": 0,
        "lag_seconds": 0.0,
        "held_streams": 0,
    }


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (a_write("po_0", "ac_1", 2, None), ["is deleted", "counts 30, has 29"]),
        (a_write("po_0", "ac_1", 2, 1), ["has number 2, not 1"]),
        (a_write("po_0", "ac_nobody", 1, 1), ["is too much", "counts 30, has 31"]),
        (a_write("po_0", "ac_4", 3, 1), ["must be deleted", "counts 30, has 31"]),
    ],
    ids=["lost", "changed", "doubled", "brought back"],
)
async def test_a_version_with_one_wrong_row_is_refused_and_the_row_named(
    orders: Orders, wrong: Write, said: list[str]
) -> None:
    await built(orders)
    await orders.feeder.read.tables.write([wrong])
    verdict = await orders.verify("likes")
    assert not verdict.is_right
    assert sorted(line.partition(": ")[2] for line in verdict.named) == sorted(said)
    assert "po_0" in verdict.named[0]
    assert (await orders.state.fresh()).state.of("likes").kept[2] is Standing.FOLLOWING, "it goes on all the same"
    with pytest.raises(Refused, match="not verified"):
        await orders.switch("likes")


async def test_a_row_that_was_never_written_is_missed(orders: Orders) -> None:
    await built(orders)
    tables = orders.feeder.read.tables
    await tables.remove([LIKES.at(2)])
    await tables.create([LIKES.at(2)])
    verdict = await orders.verify("likes")
    assert verdict.differing["is missing"] == POSTS * LIKERS * 3 // 4


async def test_a_rebuild_that_was_stopped_goes_on_with_the_same_version(orders: Orders) -> None:
    stop = asyncio.Event()
    stop.set()
    assert await orders.rebuild("likes", stop) is None
    assert (await orders.state.fresh()).state.of("likes").kept[2] is Standing.BUILDING
    with pytest.raises(Refused, match="not built yet"):
        await orders.verify("likes")
    with pytest.raises(Refused, match="building"):
        await orders.switch("likes")
    assert (await built(orders)).is_right
    assert set((await orders.state.fresh()).state.of("likes").kept) == {1, 2}


async def test_a_version_that_is_behind_the_live_one_does_not_go_live(
    orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.versions.kept.CAUGHT_UP_WITHIN_S", 0.1)
    await built(orders)
    later = recorded(
        PostLiked(post_id=PostId("po_9"), account_id=AccountId("ac_9"), author_id=None), "like/po_9/ac_9", 1, "ev_later"
    )
    await orders.feeder.write.log.append([row_of(later, encode(later, NO_KEY))])
    await follow(orders, 1)
    with pytest.raises(Refused, match="does not catch up"):
        await orders.switch("likes")
    await follow(orders, 2)
    assert await orders.switch("likes") == 1


async def test_a_diff_counts_and_names_what_differs_from_the_live_version(orders: Orders) -> None:
    await built(orders)
    await follow(orders, 1)
    await follow(orders, 2)
    assert (await orders.diff("likes")).total == 0
    tables = orders.feeder.read.tables
    await tables.write([a_write("po_0", "ac_1", 2, 1), a_write("po_1", "ac_1", 2, None)])
    await tables.write([a_write("po_2", "ac_nobody", 1, 1)])
    found = await orders.diff("likes")
    assert found.differing == {
        "likes: other columns": 1,
        "likes: only in the live one": 1,
        "likes: only in the new one": 1,
    }
    assert [one["columns"] for one in found.named if one["how"] == "other columns"] == [["liked_at"]]


async def test_what_waits_behind_a_dead_letter_is_listed_though_it_is_no_lag(orders: Orders) -> None:
    bad = replace(row_of(likes()[0], b"not JSON"), event_id=EventId("ev_bad"), version=9)
    await orders.feeder.write.log.append([bad])
    await follow(orders, 1)
    (listed,) = [one for one in await orders.listed() if one["name"] == "likes"]
    assert (listed["lag_events"], listed["held_streams"]) == (0, 1)


async def test_a_row_that_is_only_behind_is_no_difference(orders: Orders) -> None:
    await built(orders)
    await follow(orders, 1)
    later = recorded(
        PostLiked(post_id=PostId("po_9"), account_id=AccountId("ac_9"), author_id=None), "like/po_9/ac_9", 1
    )
    await orders.feeder.write.log.append([row_of(later, encode(later, NO_KEY))])
    await follow(orders, 1)
    looking = asyncio.create_task(orders.diff("likes"))
    await follow(orders, 2)
    assert (await looking).total == 0


async def test_read_models_that_were_thrown_away_are_made_anew_in_every_version(orders: Orders, tmp_path: Path) -> None:
    await built(orders)
    await follow(orders, 1)
    await orders.switch("likes")
    throw_away(tmp_path)
    async with operating(Settings(data=tmp_path)) as site:
        anew = Orders.of(site, Settings(data=tmp_path), print)
        with pytest.raises(NotYetVisible):
            await site.read.tables.sizes(LIKES, [("po_0",)])
        await follow(anew, 2)
        await Arrivals([PROJECTION], site.state, site.write.log, site.stored.positions).look()
        assert (await anew.compared("likes", 2)).is_right
        assert await site.read.tables.sizes(LIKES, [("po_0",)]) == {("po_0",): LIKERS * 3 // 4}


async def test_what_is_live_is_neither_dropped_nor_paused_and_what_is_gone_is_not_numbered_again(
    orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.versions.orders.LONGEST_REQUEST_S", 0.0)
    await built(orders)
    await follow(orders, 1)
    with pytest.raises(Refused, match="version 1 is live"):
        await orders.drop("likes", 1)
    with pytest.raises(Refused, match="never switched"):
        await orders.rollback("likes")
    await orders.switch("likes")
    with pytest.raises(Refused, match="no version newer"):
        await orders.verify("likes")
    assert await orders.rollback("likes") == 1
    await orders.drop("likes", 2)
    assert await orders.feeder.read.positions.progress("likes@v2") == {}
    assert (await built(orders)).is_right
    assert set((await orders.state.fresh()).state.of("likes").kept) == {1, 3}
    with pytest.raises(Refused, match="there is no projection nothing"):
        await orders.rebuild("nothing", asyncio.Event())
