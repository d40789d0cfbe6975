"""What every adapter of Feeds promises about forgetting: a feed lives by reads, and none that lost a push is whole."""

from projections.ports import Feeds
from schemas.ids import AccountId
from tests.contract.feeds import begun, entries, entry, read_all, rebuilt
from tests.contract.fixtures_read import EVERY_CACHES, ReadSide

pytestmark = EVERY_CACHES

DAY_S = 86_400.0


async def test_a_read_keeps_the_feed_for_seven_more_days(feeds: Feeds, read_side: ReadSide, account: AccountId) -> None:
    await rebuilt(feeds, account, entries(1))
    for _ in range(3):
        await read_side.elapse(6.9 * DAY_S)
        assert await read_all(feeds, account) == entries(1)


async def test_a_feed_that_nobody_reads_is_forgotten_whatever_is_pushed(
    feeds: Feeds, read_side: ReadSide, account: AccountId
) -> None:
    await rebuilt(feeds, account, entries(1))
    for day in range(4):
        await feeds.push([account], [entry(day + 2)])
        await read_side.elapse(2 * DAY_S)
    await feeds.push([account], [entry(9)])
    assert await feeds.read(account, 10) is None
    await rebuilt(feeds, account)
    assert await read_all(feeds, account) == []


async def test_a_rebuild_that_nobody_finishes_is_forgotten(
    feeds: Feeds, read_side: ReadSide, account: AccountId
) -> None:
    await feeds.begin(account)
    await feeds.push([account], [entry(1)])
    await read_side.elapse(8 * DAY_S)
    await rebuilt(feeds, account, entries(2))
    assert await read_all(feeds, account) == entries(2)


async def test_a_store_that_forgets_calls_no_earlier_feed_whole(
    feeds: Feeds, read_side: ReadSide, account: AccountId
) -> None:
    await rebuilt(feeds, account, entries(1))
    await read_side.forget_feeds()
    await feeds.push([account], [entry(2)])
    assert await feeds.read(account, 10) is None
    await rebuilt(feeds, account, entries(3))
    assert entry(3) in (await read_all(feeds, account) or [])


async def test_a_rebuild_during_which_the_store_forgets_does_not_make_the_feed_whole(
    feeds: Feeds, read_side: ReadSide, account: AccountId
) -> None:
    building = await begun(feeds, account)
    await read_side.forget_feeds()
    await feeds.complete(account, building, entries(1))
    assert await feeds.read(account, 10) is None


async def test_a_rebuild_that_was_lost_and_begun_anew_is_not_finished_by_who_began_first(
    feeds: Feeds, read_side: ReadSide, account: AccountId
) -> None:
    """What was pushed while it was lost is in neither."""
    first = await begun(feeds, account)
    await read_side.elapse(8 * DAY_S)
    await feeds.push([account], [entry(2)])
    second = await begun(feeds, account)
    await feeds.complete(account, first, entries(1))
    assert await feeds.read(account, 10) is None
    await feeds.complete(account, second, entries(2, 1))
    assert await read_all(feeds, account) == entries(2, 1)
