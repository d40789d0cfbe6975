"""What every adapter of Feeds promises: when a feed exists, when it is whole, its order and its end."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from projections.ports import Feeds
from schemas.ids import AccountId
from tests.contract.feeds import begun, entries, entry, read_all, rebuilt
from tests.contract.fixtures_read import EVERY_CACHES, FEED_SIZE
from tests.contract.fixtures_write import unique
from tests.drawn import SHARES_FIXTURES

pytestmark = EVERY_CACHES


async def test_a_feed_that_nobody_began_is_not_whole(feeds: Feeds, account: AccountId) -> None:
    assert await feeds.read(account, 10) is None


async def test_a_push_to_a_feed_that_does_not_exist_does_nothing(feeds: Feeds, account: AccountId) -> None:
    await feeds.push([account], [entry(1)])
    assert await feeds.read(account, 10) is None
    await rebuilt(feeds, account)
    assert await read_all(feeds, account) == []


async def test_a_feed_that_is_being_rebuilt_is_not_whole(feeds: Feeds, account: AccountId) -> None:
    await feeds.begin(account)
    await feeds.push([account], [entry(1)])
    assert await feeds.read(account, 10) is None


async def test_what_is_pushed_during_a_rebuild_is_in_the_feed(feeds: Feeds, account: AccountId) -> None:
    building = await begun(feeds, account)
    await feeds.push([account], [entry(2)])
    await feeds.complete(account, building, entries(3, 1))
    assert await read_all(feeds, account) == entries(3, 2, 1)


async def test_a_feed_begun_again_is_not_whole_and_keeps_what_was_pushed(feeds: Feeds, account: AccountId) -> None:
    await rebuilt(feeds, account, entries(1))
    await feeds.begin(account)
    assert await feeds.read(account, 10) is None
    await feeds.push([account], [entry(2)])
    await feeds.complete(account, await begun(feeds, account), entries(1))
    assert await read_all(feeds, account) == entries(2, 1)


async def test_two_rebuilds_at_once_end_in_one_whole_feed(feeds: Feeds, account: AccountId) -> None:
    one, another = await begun(feeds, account), await begun(feeds, account)
    await feeds.complete(account, one, entries(2, 1))
    await feeds.push([account], [entry(3)])
    await feeds.complete(account, another, entries(2, 1))
    assert await read_all(feeds, account) == entries(3, 2, 1)


async def test_an_empty_feed_can_be_whole(feeds: Feeds, account: AccountId) -> None:
    await rebuilt(feeds, account)
    found = await feeds.read(account, 10)
    assert found is not None
    assert (found.entries, found.floor) == ([], None)


async def test_pushes_land_in_a_whole_feed_in_its_order(feeds: Feeds, account: AccountId) -> None:
    await rebuilt(feeds, account, entries(20))
    await feeds.push([account], [entry(10), entry(30)])
    assert await read_all(feeds, account) == entries(30, 20, 10)


async def test_posts_of_one_moment_are_ordered_by_id(feeds: Feeds, account: AccountId) -> None:
    tied = [entry(7, post) for post in ("po_a", "po_Z", "po_b", "po_0")]
    await rebuilt(feeds, account, tied)
    assert await read_all(feeds, account) == [entry(7, post) for post in ("po_b", "po_a", "po_Z", "po_0")]


async def test_an_entry_pushed_twice_is_there_once(feeds: Feeds, account: AccountId) -> None:
    await rebuilt(feeds, account, entries(1))
    await feeds.push([account], [entry(1), entry(2)])
    await feeds.push([account], [entry(2)])
    await feeds.push([account] * 3, entries(1, 2) * FEED_SIZE)
    assert await feeds.read(account, 10) is not None
    assert await read_all(feeds, account) == entries(2, 1)


async def test_one_push_reaches_many_feeds_and_no_others(feeds: Feeds) -> None:
    active = [AccountId(unique("ac")) for _ in range(30)]
    idle = [AccountId(unique("ac")) for _ in range(2_000)]
    for account in active:
        await rebuilt(feeds, account)
    await feeds.push(idle + active, [entry(1)])
    assert [await read_all(feeds, account) for account in active] == [entries(1)] * len(active)
    assert await feeds.read(idle[0], 10) is None


async def test_pushing_nothing_does_nothing(feeds: Feeds, account: AccountId) -> None:
    await rebuilt(feeds, account)
    await feeds.push([], [entry(1)])
    await feeds.push([account], [])
    assert await read_all(feeds, account) == []


async def test_a_page_goes_on_below_an_entry(feeds: Feeds, account: AccountId) -> None:
    tied = [entry(5, "po_c"), entry(5, "po_b"), entry(5, "po_a"), entry(4, "po_z")]
    await rebuilt(feeds, account, tied)
    for place, after in enumerate(tied):
        found = await feeds.read(account, 2, after)
        assert found is not None
        assert found.entries == tied[place + 1 : place + 3]


async def test_a_page_goes_on_below_an_entry_that_is_not_there(feeds: Feeds, account: AccountId) -> None:
    await rebuilt(feeds, account, entries(4, 2))
    found = await feeds.read(account, 10, entry(3))
    assert found is not None
    assert found.entries == entries(2)


async def test_below_the_limit_nothing_was_trimmed(feeds: Feeds, account: AccountId) -> None:
    await rebuilt(feeds, account, entries(*range(1, FEED_SIZE)))
    found = await feeds.read(account, 2)
    assert found is not None
    assert found.floor is None


async def test_at_the_limit_the_lowest_entry_is_the_floor_on_every_page(feeds: Feeds, account: AccountId) -> None:
    await rebuilt(feeds, account, entries(*range(1, FEED_SIZE + 1)))
    for after in (None, entry(2), entry(1)):
        found = await feeds.read(account, 2, after)
        assert found is not None
        assert found.floor == entry(1)


async def test_a_push_trims_the_oldest(feeds: Feeds, account: AccountId) -> None:
    await rebuilt(feeds, account, entries(*range(10, 10 + FEED_SIZE)))
    await feeds.push([account], [entry(99), entry(98)])
    found = await feeds.read(account, 100)
    assert found is not None
    assert found.entries == entries(99, 98, *range(9 + FEED_SIZE, 11, -1))
    assert found.floor == found.entries[-1]


async def test_a_push_below_the_floor_changes_nothing(feeds: Feeds, account: AccountId) -> None:
    await rebuilt(feeds, account, entries(*range(10, 10 + FEED_SIZE)))
    await feeds.push([account], [entry(9), entry(10, "po_0")])
    assert await read_all(feeds, account) == entries(*range(9 + FEED_SIZE, 9, -1))


async def test_completing_trims_the_oldest(feeds: Feeds, account: AccountId) -> None:
    await rebuilt(feeds, account, entries(*range(3 * FEED_SIZE)))
    assert await read_all(feeds, account) == entries(*range(3 * FEED_SIZE - 1, 2 * FEED_SIZE - 1, -1))


@settings(max_examples=30, suppress_health_check=SHARES_FIXTURES)
@given(st.lists(st.lists(st.tuples(st.integers(0, 6), st.sampled_from("ab")), max_size=6), max_size=6), st.booleans())
async def test_a_feed_holds_the_newest_whatever_came_in_which_order(
    feeds: Feeds, pushes: list[list[tuple[int, str]]], at_once: bool
) -> None:
    account = AccountId(unique("ac"))
    batches = [[entry(at, post) for at, post in batch] for batch in pushes]
    building = await begun(feeds, account)
    pushing = [feeds.push([account], batch) for batch in batches[1:]]
    if at_once:
        await asyncio.gather(*pushing)
    else:
        for push in pushing:
            await push
    await feeds.complete(account, building, batches[0] if batches else [])
    newest = sorted({one for batch in batches for one in batch}, reverse=True)[:FEED_SIZE]
    found = await feeds.read(account, 100)
    assert found is not None
    assert found.entries == newest
    assert found.floor == (newest[-1] if len(newest) == FEED_SIZE else None)
