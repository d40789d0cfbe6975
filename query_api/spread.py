"""Posts of authors that lie in several partitions: who these authors are, and how their posts are read as one list.

Only who is, or was, a celebrity has any in a further part (processors/salting.py), and that row was there before such a
post: so who is read before the posts.
"""

import asyncio
from collections.abc import Sequence
from operator import itemgetter

from projections.celebrities import ALL, CELEBRITIES, celebrity_row
from projections.feed import parts_of
from projections.ports import Head, TableReads, chunks
from query_api.celebrities import whole
from schemas.ids import AccountId
from schemas.tables import Key, Row, Table

NEWEST_FIRST = itemgetter("published_at", "post_id")


async def spread_authors(tables: TableReads) -> set[str]:
    """Everybody whose posts may lie in further parts."""
    return {row["account_id"] for row in await whole(tables, CELEBRITIES, (ALL,))}


async def is_spread(tables: TableReads, author: AccountId) -> bool:
    """The same of one."""
    return await celebrity_row(tables, author) is not None


async def beginnings(
    tables: TableReads, authors: Sequence[AccountId], most: int
) -> dict[AccountId, tuple[list[Row], bool]]:
    """How the posts of these authors, which may be spread, begin: `most` or fewer rows, and whether these are all."""
    parts = {author: parts_of(author, spread=True) for author in authors}
    by_table: dict[Table, list[Key]] = {}
    for table, part in (part for some in parts.values() for part in some):
        by_table.setdefault(table, []).append(part)
    asked = [(table, some) for table, of_table in by_table.items() for some in chunks(of_table)]
    heads: dict[tuple[Table, Key], Head] = {}
    read = await asyncio.gather(*(tables.heads(table, some, most) for table, some in asked))
    for (table, _), found in zip(asked, read, strict=True):
        heads.update({(table, part): head for part, head in found.items()})
    return {author: _as_one([heads[part] for part in some], most) for author, some in parts.items()}


def _as_one(heads: Sequence[Head], most: int) -> tuple[list[Row], bool]:
    """Only down to where every part was read is known what lies between."""
    ends = [head.after for head in heads if head.after is not None]
    rows = sorted((row for head in heads for row in head.rows), key=NEWEST_FIRST, reverse=True)
    known = rows if not ends else [row for row in rows if NEWEST_FIRST(row) >= max(ends)]
    return known[:most], not ends and len(rows) <= most


async def posts_of(tables: TableReads, author: AccountId, limit: int, after: Key | None, *, spread: bool) -> list[Row]:
    """The newest rows of an author's posts behind this place, of all parts."""
    parts: Sequence[tuple[Table, Key]] = parts_of(author, spread=spread)
    found = await asyncio.gather(*(tables.slice(table, part, limit, after) for table, part in parts))
    if not spread:
        return found[0]
    return sorted((row for rows in found for row in rows), key=NEWEST_FIRST, reverse=True)[:limit]
