"""Lists over declared tables: the one way from a table's partitions to a page. Likers, followers, comments, grids."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from fastapi import Request, Response

from query_api.call import Paging, cursors, listed
from query_api.paging import Item, Items, fill, walk
from query_api.reads import Reads, Wanted, find
from query_api.relations import relate, to_users
from query_api.users import show_user, want_users
from schemas.ids import AccountId
from schemas.tables import Key, Row, Table

Shown = Item | None
"""What an item shows the viewer; None hides it."""


@dataclass(frozen=True)
class TableList:
    """A list whose items are rows: `name` binds its cursors, `items` is its key in the answer."""

    name: str
    items: str
    table: Table
    partitions: Sequence[Key]
    read: Callable[[Row | None, int], Awaitable[list[Row]]] | None = None
    """Where rows come from, if not from these partitions alone: up to so many behind this one."""

    async def page(
        self,
        request: Request,
        page: Paging,
        viewer: AccountId | None,
        wired: Reads,
        show: Callable[[Sequence[Row]], Awaitable[list[Item | None]]],
    ) -> Response:
        """The page that was asked for."""
        places = cursors(wired, self.name, viewer)
        start = places.read(page.cursor)
        after: Row | None = None if start is None else dict(zip(self.table.key_columns, start, strict=True))

        async def fetch(last: Row | None, limit: int) -> list[Row]:
            return await walk(wired.tables, self.table, self.partitions, last, limit)

        items: Items[Row, Item] = await fill(self.read or fetch, show, after, page.limit)
        cursor = None if items.last is None else places.write(self.table.key(items.last))
        return listed(request, self.items, items.shown, cursor)


async def show_users(
    users: Sequence[str], viewer: AccountId | None, wired: Reads, *, blocked: bool = False
) -> list[Shown]:
    """How these accounts are shown; see show_user."""
    wanted = Wanted()
    want_users(wanted, users)
    found, related = await asyncio.gather(find(wanted, wired), relate(viewer, to_users(users), wired))
    return [show_user(found, related, user, viewer, wired.media_url, blocked=blocked) for user in users]
