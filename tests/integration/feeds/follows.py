"""Accounts that follow others and posts of those, straight in the tables. For tests of what is made of them."""

from collections.abc import Sequence

from projections.celebrities import CELEBRITIES
from projections.feed import FOLLOWING, POSTS_BY_AUTHOR, SALTED_POSTS
from projections.ports import FeedEntry, Tables, Write
from schemas.ids import AccountId
from schemas.tables import Row, Table


async def followed(tables: Tables, account: AccountId, posts: Sequence[FeedEntry]) -> None:
    """The account follows the authors of these posts, which are there."""
    await tables.create([FOLLOWING, POSTS_BY_AUTHOR, SALTED_POSTS, CELEBRITIES])
    authors = {post.author_id for post in posts}
    await _put(
        tables,
        FOLLOWING,
        [{"follower_id": account, "followee_id": author, "followed_at": 0} for author in authors],
    )
    await published(tables, posts)


async def published(tables: Tables, posts: Sequence[FeedEntry]) -> None:
    """These posts are there."""
    await _put(tables, POSTS_BY_AUTHOR, [post._asdict() for post in posts])


async def _put(tables: Tables, table: Table, rows: Sequence[Row]) -> None:
    for start in range(0, len(rows), 500):
        await tables.write([Write(table, table.key(row), 1, row) for row in rows[start : start + 500]])
