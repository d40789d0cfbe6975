"""What the suites of the Feeds port share: entries, and a feed that is rebuilt."""

from collections.abc import Sequence

from projections.ports import FeedEntry, Feeds
from schemas.ids import AccountId, PostId
from tests.contract.fixtures_read import FEED_SIZE

AUTHOR = AccountId("ac_author")


def entry(at: int, post: str = "po_1") -> FeedEntry:
    return FeedEntry(at, PostId(post), AUTHOR)


def entries(*times: int) -> list[FeedEntry]:
    return [entry(at) for at in times]


async def rebuilt(feeds: Feeds, account: AccountId, content: Sequence[FeedEntry] = ()) -> None:
    await feeds.complete(account, await begun(feeds, account), content)


async def begun(feeds: Feeds, account: AccountId) -> bytes:
    """A rebuild that has begun."""
    building = await feeds.begin(account)
    assert building is not None, "the store is believed"
    return building


async def read_all(feeds: Feeds, account: AccountId) -> Sequence[FeedEntry] | None:
    found = await feeds.read(account, FEED_SIZE + 1)
    return None if found is None else found.entries
