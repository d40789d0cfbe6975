"""What projecting costs the CQL servers: how many statements, whatever they take. A later one is a step back."""

from collections.abc import Iterable
from typing import Any

import pytest

from events.delivery import Delivery
from events.likes import PostLiked
from infra.cql.alike import ACROSS
from infra.cql.answers import Record
from infra.cql.session import CqlSession, Statement
from infra.cql.tables import CqlTables
from processors.planning import Plan
from processors.rows import Rows
from projections.feed import FOLLOWING, MOST_PARTS, SALTED_POSTS
from projections.likes import LIKES
from projections.likes import PROJECTION as LIKING
from projections.posts import POST_STATUS
from projections.posts import PROJECTION as POSTING
from schemas.ids import AccountId, PostId
from schemas.positions import ENGAGEMENT, POSTS, Partition, Position
from tests.contract.fixtures_write import unique
from tests.unit.samples import RESERVED, recorded


class Counted:
    """A session that remembers what it was asked for."""

    def __init__(self, session: CqlSession) -> None:
        self._session = session
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    async def execute_many(self, statements: Iterable[Statement]) -> list[list[Record]]:
        listed = list(statements)
        self.asked += [cql.split()[0] for cql, _ in listed]
        return await self._session.execute_many(listed)

    async def write_many(self, statements: Iterable[Statement]) -> None:
        listed = list(statements)
        self.asked += [cql.split()[0] for cql, _ in listed]
        await self._session.write_many(listed)


async def test_how_a_viewer_stands_to_a_page_of_posts_and_their_authors_is_a_few_queries(counted: Counted) -> None:
    tables = CqlTables(counted)  # type: ignore[arg-type]
    await tables.create([FOLLOWING])
    viewer, authors = unique("ac"), [unique("ac") for _ in range(ACROSS)]
    counted.asked.clear()
    await tables.stamps(LIKES, [(unique("po"), 3, viewer) for _ in range(ACROSS)])
    assert counted.asked == ["SELECT"]
    counted.asked.clear()
    await tables.stamps(FOLLOWING, [key for author in authors for key in ((viewer, author), (author, viewer))])
    assert counted.asked == ["SELECT"] * 2


async def test_how_the_posts_of_some_spread_authors_begin_is_one_query(counted: Counted) -> None:
    tables = CqlTables(counted)  # type: ignore[arg-type]
    await tables.create([SALTED_POSTS])
    authors = [unique("ac") for _ in range(20)]
    counted.asked.clear()
    await tables.heads(SALTED_POSTS, [(author, salt) for author in authors for salt in range(1, MOST_PARTS)], 10)
    assert counted.asked == ["SELECT"]


class Undropped:
    """Nothing is kept in caches."""

    async def drop(self, keys: object, related: object, on_behalf_of: Partition) -> None:
        """Nothing to do."""


@pytest.fixture
async def counted(cql: CqlSession) -> Counted:
    await CqlTables(cql).create([LIKES, POST_STATUS])
    return Counted(cql)


def likes(post: PostId, *accounts: str, first: int = 0) -> list[Plan]:
    """One of each account, from this offset on."""
    plans = []
    for offset, account in enumerate(accounts, start=first):
        event = PostLiked(post_id=post, account_id=AccountId(account), author_id=None)
        delivery = Delivery(recorded(event, f"like/{post}/{account}"), Position(ENGAGEMENT, 0, offset))
        plans.append(Plan(delivery, LIKING.effects(delivery.recorded)))
    return plans


async def test_a_like_is_looked_at_and_written_as_is_its_count_and_nothing_is_read_twice(counted: Counted) -> None:
    post, rows = PostId(unique("po")), Rows(CqlTables(counted), Undropped())  # type: ignore[arg-type]
    await rows.apply(likes(post, "ac_1"))
    assert sorted(counted.asked) == ["INSERT", "INSERT", "SELECT", "SELECT"]


async def test_likes_of_one_post_share_its_count_and_a_repeated_one_changes_nothing(counted: Counted) -> None:
    tables = CqlTables(counted)  # type: ignore[arg-type]
    post, rows = PostId(unique("po")), Rows(tables, Undropped())
    await rows.apply(likes(post, "ac_1", "ac_2", "ac_3"))
    counted.asked.clear()
    await rows.apply(likes(post, "ac_1", "ac_2", "ac_3", "ac_4"))
    assert counted.asked.count("INSERT") == 2, "the fourth like, and the count"
    assert (await tables.sizes(LIKES, [(post,)]))[post,] == 4


async def test_a_row_that_nobody_counts_is_looked_at_once(counted: Counted) -> None:
    post, rows = unique("po"), Rows(CqlTables(counted), Undropped())  # type: ignore[arg-type]
    delivery = Delivery(recorded(RESERVED, f"post/{post}"), Position(POSTS, 0, 0))
    await rows.apply([Plan(delivery, POSTING.effects(delivery.recorded))])
    assert sorted(counted.asked) == ["INSERT", "SELECT"]


async def test_counts_of_many_posts_are_looked_at_together(counted: Counted) -> None:
    tables = CqlTables(counted)  # type: ignore[arg-type]
    posts, rows = [PostId(unique("po")) for _ in range(25)], Rows(tables, Undropped())
    for first in (0, 25):
        plans = [plan for at, post in enumerate(posts) for plan in likes(post, f"ac_{first}", first=first + at)]
        counted.asked.clear()
        await rows.apply(plans)
        assert counted.asked.count("SELECT") == 2 + 2, "one account's likes of twenty posts, and their counts"
    sizes = await tables.sizes(LIKES, [(post,) for post in posts])
    assert set(sizes.values()) == {2}
