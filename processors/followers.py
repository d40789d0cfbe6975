"""Everybody who follows an author, or has a bell on one, some at a time. Read from the tables by whoever pushes into
their feeds, or to their phones."""

from collections.abc import AsyncIterator

from projections.buckets import BUCKETS
from projections.feed import FOLLOWERS
from projections.ports import TableReads
from schemas.ids import AccountId
from schemas.tables import Key, Row, Table

CHUNK = 500
FEW = 100
"""Followers of a bucket that are read with those of the other buckets."""


async def followers_of(tables: TableReads, author: AccountId) -> AsyncIterator[list[AccountId]]:
    """CHUNK of them at a time."""
    async for rows in rows_of(tables, FOLLOWERS, author):
        yield [AccountId(row["follower_id"]) for row in rows]


async def rows_of(tables: TableReads, table: Table, author: AccountId) -> AsyncIterator[list[Row]]:
    """CHUNK of them at a time. Beginnings of buckets are read together: most authors have no more followers."""
    heads = await tables.heads(table, [(author, bucket) for bucket in range(BUCKETS)], FEW)
    first = [row for head in heads.values() for row in head.rows]
    for start in range(0, len(first), CHUNK):
        yield first[start : start + CHUNK]
    for bucket, head in heads.items():
        if head.after is not None:
            async for rows in chunks(tables, table, bucket, after=head.after):
                yield rows


async def chunks(
    tables: TableReads, table: Table, partition: Key, most: int | None = None, after: Key | None = None
) -> AsyncIterator[list[Row]]:
    """The rows of a partition behind `after`, at most `most`, CHUNK at a time."""
    left = most
    while left is None or left > 0:
        limit = CHUNK if left is None else min(CHUNK, left)
        rows = await tables.slice(table, partition, limit, after)
        if rows:
            yield rows
        if len(rows) < limit:
            return
        after = tuple(rows[-1][name] for name in table.order_columns)
        left = None if left is None else left - len(rows)
