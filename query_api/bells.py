"""GET /bells, and what bells tell of: the newest posts of whom one has a bell on, for the list of notifications.

Nothing is written when somebody posts: a page reads the authors' own posts, as the making of a feed does.
"""

import asyncio
from collections.abc import Sequence
from operator import itemgetter

from fastapi import APIRouter, Request, Response

from projections import accounts, bells, blocks, feed
from projections.bells import BELLS, told
from projections.celebrities import ALL, CELEBRITIES
from projections.feed import parts_of
from projections.ports import MAX_KEYS, TableReads, chunks
from query_api.call import SIGNED, Page, Viewer, Wired, fresh
from query_api.lists import Shown, TableList, show_users
from query_api.spread import NEWEST_FIRST
from schemas.accounts import Users
from schemas.ids import AccountId, PostId
from schemas.tables import Key, Row, Table

router = APIRouter(tags=["notifications"])
FRESH = fresh(accounts.PROJECTION, blocks.PROJECTION, feed.PROJECTION, bells.PROJECTION)
NEWEST = 10
"""Posts that are told of one author at most: so nobody crowds out the others."""
MOST = MAX_KEYS
"""Of all together, and accounts that are read: nobody has more bells, but for what was in flight at the limit."""
BY_ID = itemgetter("notification_id")


@router.get("/bells", response_model=Users, dependencies=[SIGNED, FRESH])
async def listed(request: Request, page: Page, viewer: Viewer, wired: Wired) -> Response:
    """Of whose new posts the viewer is told, by id: the oldest accounts first."""

    async def show(rows: Sequence[Row]) -> list[Shown]:
        return await show_users([row["followee_id"] for row in rows], viewer, wired)

    return await TableList("bells", "users", BELLS, [(viewer,)]).page(request, page, viewer, wired, show)


async def new_posts(viewer: AccountId, tables: TableReads) -> list[Row]:
    """What is told of posts since their author got a bell, as rows of NOTIFICATIONS, the newest first. Takes three
    round trips, one without a bell."""
    found = (await tables.heads(BELLS, [(viewer,)], MOST))[(viewer,)].rows
    since = {AccountId(row["followee_id"]): row["bell_since"] for row in found}
    if not since:
        return []
    spread = await tables.get(CELEBRITIES, [(ALL, author) for author in since])  # before any post is read
    parts = [part for author in since for part in parts_of(author, spread=(ALL, author) in spread)]
    rows = [
        told(viewer, author, PostId(row["post_id"]), row["published_at"])
        for author, posts in (await _newest(tables, parts)).items()
        for row in posts
        if row["published_at"] >= since[author]
    ]
    return sorted(rows, key=BY_ID, reverse=True)[:MOST]


async def _newest(tables: TableReads, parts: Sequence[tuple[Table, Key]]) -> dict[AccountId, list[Row]]:
    """The newest posts in these partitions, which begin with their author, all in one round trip."""
    by_table: dict[Table, list[Key]] = {}
    for table, key in parts:
        by_table.setdefault(table, []).append(key)
    asked = [tables.heads(table, some, NEWEST) for table, keys in by_table.items() for some in chunks(keys)]
    by_author: dict[AccountId, list[Row]] = {}
    for heads in await asyncio.gather(*asked):
        for (author, *_), head in heads.items():
            by_author.setdefault(author, []).extend(head.rows)
    return {author: sorted(rows, key=NEWEST_FIRST, reverse=True)[:NEWEST] for author, rows in by_author.items()}
