"""Lists over declared tables: the one way from a table's partitions to a page. Likers, followers, comments, grids."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from query_api.call import Paging, cursors, listed
from query_api.paging import fill, walk
from query_api.reads import Reads, Wanted, find
from query_api.users import show_user, want_users
from schemas.ids import AccountId
from schemas.tables import Key, Row, Table

Shown = dict[str, Any] | None


@dataclass(frozen=True)
class TableList:
    """A list whose items are rows: `name` binds its cursors, `items` is its key in the answer."""

    name: str
    items: str
    table: Table
    partitions: Sequence[Key]

    async def page(
        self,
        request: Request,
        page: Paging,
        viewer: AccountId | None,
        wired: Reads,
        show: Callable[[Sequence[Row]], Awaitable[list[Shown]]],
    ) -> Response:
        """The page that was asked for."""
        places = cursors(wired, self.name, viewer)
        start = places.read(page.cursor)
        after: Row | None = None if start is None else dict(zip(self.table.key_columns, start, strict=True))

        async def fetch(last: Row | None, limit: int) -> list[Row]:
            return await walk(wired.tables, self.table, self.partitions, last, limit)

        items = await fill(fetch, show, after, page.limit)
        cursor = None if items.last is None else places.write(self.table.key(items.last))
        return listed(request, self.items, items.shown, cursor)


async def show_users(users: Sequence[str], viewer: AccountId | None, wired: Reads) -> list[Shown]:
    """How these accounts are shown."""
    wanted = Wanted()
    want_users(wanted, users, viewer)
    found = await find(wanted, wired)
    return [show_user(found, user, viewer) for user in users]
