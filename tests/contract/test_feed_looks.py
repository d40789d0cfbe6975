"""What every adapter of Feeds promises to operators: a look says how a feed stands, and changes nothing."""

from projections.ports import Feeds, StoredFeed
from schemas.ids import AccountId
from tests.contract.feeds import entries, entry, read_all, rebuilt
from tests.contract.fixtures_read import EVERY_CACHES, FEED_SIZE, ReadSide

pytestmark = EVERY_CACHES

DAY_S = 86_400.0
WEEK_MS = 7 * 86_400_000


async def test_where_nobody_reads_there_is_no_feed_and_looking_makes_none(feeds: Feeds, account: AccountId) -> None:
    for _ in range(2):
        assert await feeds.look(account, 10, entries(1)) == StoredFeed("absent")
    await feeds.push([account], [entry(1)])
    assert await feeds.look(account, 10) == StoredFeed("absent")


async def test_a_feed_that_is_being_made_shows_what_has_been_pushed(feeds: Feeds, account: AccountId) -> None:
    await feeds.begin(account)
    await feeds.push([account], [entry(2)])
    found = await feeds.look(account, 10, entries(2, 1))
    assert (found.state, found.length) == ("building", 1)
    assert (found.newest, set(found.held)) == (entries(2), set(entries(2)))
    assert await feeds.read(account, 10) is None, "a look completes nothing"


async def test_a_whole_feed_shows_its_newest_entries_and_which_of_those_asked_for_it_has(
    feeds: Feeds, account: AccountId
) -> None:
    await rebuilt(feeds, account, [entry(3, "po_b"), entry(3, "po_a"), entry(2), entry(1)])
    found = await feeds.look(account, 3, [entry(1), entry(3, "po_c"), entry(9)])
    assert (found.state, found.length, found.floor) == ("whole", 4, None)
    assert found.newest == [entry(3, "po_b"), entry(3, "po_a"), entry(2)]
    assert found.held == {entry(1)}


async def test_a_full_feed_names_its_floor_and_shows_nothing_below_it(feeds: Feeds, account: AccountId) -> None:
    await rebuilt(feeds, account, entries(*range(FEED_SIZE)))
    await feeds.push([account], [entry(FEED_SIZE)])
    found = await feeds.look(account, 100)
    assert (found.length, found.floor) == (FEED_SIZE, entry(1))
    assert found.newest == entries(*range(FEED_SIZE, 0, -1))


async def test_a_look_extends_no_life(feeds: Feeds, read_side: ReadSide, account: AccountId) -> None:
    await rebuilt(feeds, account, entries(1))
    before = (await feeds.look(account, 1)).left_ms
    assert WEEK_MS <= before <= WEEK_MS + 3_600_000
    await read_side.elapse(6 * DAY_S)
    left = (await feeds.look(account, 1)).left_ms
    assert WEEK_MS / 7 - 60_000 <= left <= before - 6 * DAY_S * 1_000
    await read_side.elapse(1.1 * DAY_S)
    assert (await feeds.look(account, 1)).state == "absent"


async def test_what_the_store_has_lost_is_called_over_or_gone_and_never_whole(
    feeds: Feeds, read_side: ReadSide, account: AccountId
) -> None:
    await rebuilt(feeds, account, entries(1))
    await read_side.forget_feeds()
    assert (await feeds.look(account, 1)).state in {"over", "absent"}
    await rebuilt(feeds, account, entries(1))
    assert (await feeds.look(account, 1)).state == "whole"
    assert await read_all(feeds, account) == entries(1)
