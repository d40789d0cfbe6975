"""The fan-in merges what followed authors published: the newest, in order, reading no author further than needed."""

import random
from collections import Counter
from typing import Any

import pytest

from projections.ports import MAX_KEYS, FeedEntry, Tables
from query_api.fanin import LEAST, fan_in
from schemas.ids import AccountId, PostId
from tests.contract.fixtures_read import EVERY_TABLES
from tests.contract.fixtures_write import unique
from tests.integration.feeds.follows import followed
from tests.integration.schedules.counted import CountedPort

pytestmark = EVERY_TABLES


def drawn(seed: int, authors: int, most: int) -> list[FeedEntry]:
    """Some authors publish much, some once, some at the same moment; ids have different lengths."""
    chance, found = random.Random(seed), list[FeedEntry]()
    for _ in range(authors):
        author = AccountId(unique("ac_author"))
        for _ in range(chance.choice([1, 2, most])):
            post = PostId(f"po_{chance.getrandbits(20):x}{len(found):04}" + "z" * chance.randrange(2))
            found.append(FeedEntry(chance.randrange(50), post, author))
    return found


@pytest.mark.parametrize("limit", [1, 7, 60, 1_000])
async def test_the_newest_of_all_come_in_order(tables: Tables, account: AccountId, limit: int) -> None:
    posts = drawn(limit, 9, 40)
    await followed(tables, account, posts)
    expected = sorted(posts, reverse=True)
    assert await fan_in(tables, account, limit, None) == expected[:limit]
    for place in (0, 5, len(expected) - 1):
        below = expected[place + 1 :]
        assert await fan_in(tables, account, limit, expected[place]) == below[:limit]


async def test_who_follows_nobody_has_nothing_to_merge(tables: Tables, account: AccountId) -> None:
    await followed(tables, account, [])
    assert await fan_in(tables, account, 20, None) == []


async def test_a_page_for_many_authors_is_read_with_few_requests_and_a_few_rows_of_each(
    tables: Tables, account: AccountId
) -> None:
    """However long ago they published."""
    authors = [AccountId(unique("ac_author")) for _ in range(2 * MAX_KEYS + 1)]
    posts = [FeedEntry(at, PostId(unique("po")), author) for author in authors for at in range(2 * LEAST)]
    await followed(tables, account, posts)
    asked: Counter[str] = Counter()
    counted: Any = CountedPort(tables, asked, Counter())
    assert await fan_in(counted, account, 20, None) == sorted(posts, reverse=True)[:20]
    assert asked == {"slice": 2, "heads": 3}, "whom it follows, whose posts are spread, and the posts"


async def test_who_published_all_that_is_new_is_read_on_in_larger_and_larger_parts(
    tables: Tables, account: AccountId
) -> None:
    quiet = [AccountId(unique("ac_author")) for _ in range(2 * MAX_KEYS)]
    old = [FeedEntry(0, PostId(unique("po")), author) for author in quiet]
    author = AccountId(unique("ac_author"))
    new = [FeedEntry(at, PostId(unique("po")), author) for at in range(600, 0, -1)]
    await followed(tables, account, [*new, *old])
    asked: Counter[str] = Counter()
    counted: Any = CountedPort(tables, asked, Counter())
    assert await fan_in(counted, account, 500, None) == new[:500]
    assert asked["slice"] - 2 == 6, "behind its beginning of 5: 10, 20, 40, 80, 160 and 200"
