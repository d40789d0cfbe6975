"""Celebrities in feeds: whatever the order of crossings, clears, publications and readers, each post is there once."""

import pytest

from infra.sqlite.feeds import SqliteFeeds
from processors import threshold
from processors.salting import Salting
from projections.effects import FanOut, Settle, Weigh
from projections.feed import MOST_PARTS, POSTS_BY_AUTHOR
from query_api import beginnings, celebrities
from schemas.ids import AccountId, PostId
from tests.integration.feeds.celebrity_world import FANS, OTHER, STAR, THRESHOLD, World
from tests.integration.feeds.judgement import all_are_right
from tests.integration.schedules.fate import Fate

LATE = AccountId("ac_late")


async def test_every_post_is_in_every_feed_once_before_while_and_after_its_author_is_a_celebrity(world: World) -> None:
    await world.publishes("po_before")
    await world.publishes("po_other_1", OTHER)
    assert await world.spans() == []
    await world.follows(FANS[-1])
    assert await world.spans() == [(False, False)]
    await world.publishes("po_pulled_1")
    await world.publishes("po_other_2", OTHER)
    await world.publishes("po_pulled_2")
    await all_are_right(world)
    assert await world.pushed(FANS[0]) == {"po_before", "po_other_1", "po_other_2"}
    await world.orders_clear()
    await world.carried_out()
    assert await world.spans() == [(True, True)]
    await world.publishes("po_after")
    await world.publishes("po_other_3", OTHER)
    await all_are_right(world)
    assert await world.pushed(FANS[0]) == {"po_before", "po_other_1", "po_other_2", "po_after", "po_other_3"}
    assert len(await world.due(FANS[0])) == 7


async def test_who_stops_following_a_celebrity_sees_nothing_of_it_until_following_again(world: World) -> None:
    await world.follows(FANS[-1])
    await world.publishes("po_1")
    await all_are_right(world)
    await world.unfollows(FANS[0])
    await all_are_right(world)
    assert await world.seen(FANS[0]) == []
    await world.publishes("po_2")
    await world.follows(FANS[0])
    await all_are_right(world)
    assert await world.seen(FANS[0]) == ["po_2", "po_1"]


async def test_a_deleted_post_of_a_celebrity_is_gone_from_every_feed(world: World) -> None:
    await world.follows(FANS[-1])
    event, stream = world.post("po_1")
    await world.happens(event, stream)
    await world.publishes("po_2")
    await all_are_right(world)
    await world.deletes("po_1", event)
    await all_are_right(world)
    assert await world.seen(FANS[0]) == ["po_2"]


async def test_a_crossing_is_said_once_however_often_it_is_seen(world: World) -> None:
    plan = await world.rows_of_follow(FANS[-1])
    for _ in range(2):
        await world.reacts(plan)  # a worker died before its position was written
    (crossed,) = await world.said()
    await world.site.rows.apply([crossed])
    await world.reacts(plan)
    await world.follows(LATE)
    assert await world.said() == []


async def test_the_next_follow_does_not_undo_what_an_operator_cleared(world: World) -> None:
    await world.follows(FANS[-1])
    await world.orders_clear(again_at=5)
    await world.carried_out()
    await world.follows(LATE)
    assert await world.spans() == [(True, True)]
    await world.follows(AccountId("ac_later"))
    assert await world.spans() == [(True, True), (False, False)]
    await world.publishes("po_1")
    await all_are_right(world, *FANS, LATE)


async def test_a_trimmed_feed_is_exact_above_its_floor_and_below_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beginnings, "KEPT", 2)
    world.feeds = SqliteFeeds(world.site.views, limit=4)
    await world.follows(FANS[-1])
    for number in range(9):
        await world.publishes(f"po_star_{number}")
        await world.publishes(f"po_other_{number}", OTHER)
    stored = await world.feeds.read(FANS[0], 50)
    assert stored is not None
    assert stored.floor is not None
    await all_are_right(world)
    await world.orders_clear()
    await world.carried_out()
    for number in range(9, 14):
        await world.publishes(f"po_star_{number}")
    await all_are_right(world)
    assert len(await world.due(FANS[0])) == 23


async def test_among_many_celebrities_a_viewer_finds_those_that_are_followed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(celebrities, "ASKED", 0)
    monkeypatch.setattr(celebrities, "ROWS_AT_ONCE", 1)
    await world.follows(FANS[-1])
    await world.follows(LATE, OTHER)
    await world.publishes("po_1")
    await world.publishes("po_2", OTHER)
    await all_are_right(world, *FANS, LATE)


async def test_whoever_follows_no_celebrity_reads_the_feed_alone(world: World) -> None:
    """And so does who follows one: what is pulled is remembered."""
    await world.follows(FANS[-1])
    await world.unfollows(FANS[1])
    await world.publishes("po_1")
    await world.publishes("po_2", OTHER)
    for viewer in FANS:
        await world.seen(viewer, 50)
    world.asked.clear()
    fate = Fate()
    assert [await world.seen(viewer, 50, fate) for viewer in FANS] == [["po_2", "po_1"], ["po_2"], ["po_1"]]
    assert fate.taken == ["read"] * len(FANS)
    assert world.asked == {}


async def test_what_follows_from_a_follow_a_post_and_a_clear_is_weighed_pushed_and_settled(world: World) -> None:
    follow = await world.rows_of_follow(FANS[-1])
    assert Weigh(STAR) in follow.reactions
    await world.reacts(follow)
    await world.carried_out()
    post = await world.rows(*world.post("po_1"))
    assert [type(job) for job in post.reactions] == [FanOut]
    await world.orders_clear()
    (cleared,) = await world.said()
    assert [type(job) for job in cleared.reactions] == [Settle]


async def test_posts_of_a_celebrity_that_are_spread_are_in_every_feed_once_whoever_reads_and_whenever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beginnings, "KEPT", 3)
    await world.publishes("po_00")
    await world.follows(FANS[-1])
    posts = {f"po_1{number}": await world.publishes(f"po_1{number}", salt=number % MOST_PARTS) for number in range(9)}
    await all_are_right(world)
    assert len(await world.due(FANS[0])) == 10
    for name in ("po_18", "po_17", "po_11"):
        await world.deletes(name, posts[name])
        await all_are_right(world)
    await world.orders_clear()
    await world.publishes("po_20", salt=2)
    await world.carried_out()
    await world.publishes("po_30")
    await all_are_right(world)
    assert (await world.pushed(FANS[0])) >= {"po_00", "po_20", "po_30"}
    await world.follows(LATE)
    await all_are_right(world, LATE, *FANS)
    assert len(await world.due(LATE)) == 9


async def test_only_further_posts_of_who_is_a_celebrity_are_spread_and_only_if_the_site_says_so(world: World) -> None:
    spread, together = Salting(world.site.tables, MOST_PARTS), Salting(world.site.tables, 1)
    posts = [PostId(f"po_{number}") for number in range(100)]

    async def salts(salting: Salting) -> set[int]:
        return {await salting.salt(STAR, post) for post in posts}

    assert await salts(spread) == {0}
    await world.follows(FANS[-1])
    assert await salts(spread) == set(range(MOST_PARTS))
    assert await salts(together) == {0}
    await world.orders_clear()
    await world.carried_out()
    assert await salts(spread) == {0}


async def test_where_all_remembered_posts_of_a_celebrity_are_deleted_the_others_are_seen(world: World) -> None:
    await world.follows(FANS[-1])
    await world.publishes("po_1")
    name = POSTS_BY_AUTHOR.partition_cache_key((STAR,))
    _, (lease,) = await world.site.caches.get([name], 10)
    await world.site.caches.fill({lease: b'{"posts": [], "is_all": false}'}, 60)  # as a beginning of deleted rows reads
    await all_are_right(world)
    assert await world.seen(FANS[0]) == ["po_1"]


@pytest.mark.parametrize(("most_s", "spans"), [(1e-9, [(False, False)]), (0, [])])
async def test_once_pushes_take_too_long_fewer_followers_make_a_celebrity_if_that_is_asked_for(
    world: World, monkeypatch: pytest.MonkeyPatch, most_s: float, spans: list[tuple[bool, bool]]
) -> None:
    monkeypatch.setattr(threshold, "MEASURED", 1)
    monkeypatch.setattr(threshold, "ENOUGH", 1)
    world.threshold = threshold.Threshold(THRESHOLD + 1, most_s, least=THRESHOLD)
    for number in range(threshold.AGREED):
        await world.publishes(f"po_slow_{number}")
    await world.follows(FANS[-1])
    await world.publishes("po_next")
    assert await world.spans() == spans
    await all_are_right(world)
