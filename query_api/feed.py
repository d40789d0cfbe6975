"""GET /feed: skeleton (which posts), hydrate (their cards), filter (what this viewer may not see), present (bytes).

The hottest path of the platform: what is ordinary about it is answered by the plain ASGI endpoint of feed_endpoint.py,
all else by the route here. Both make the same page.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from fastapi import APIRouter, Request, Response

from projections import accounts, comments, feed, likes, posts
from projections.ports import FeedEntry, FeedSlice
from query_api.beginnings import Ready
from query_api.call import PRIVATE, SIGNED, Page, Paging, Seen, Viewer, Wired, cursors, fresh, link
from query_api.cards import make_ready, show_cards
from query_api.fanin import fan_in
from query_api.paging import fill
from query_api.reads import Reads
from schemas.ids import AccountId
from schemas.positions import FOLLOWS
from schemas.posts import Posts

router = APIRouter(tags=["feed"])
PROJECTIONS = tuple(part.PROJECTION for part in (accounts, posts, feed, likes, comments))
DEGRADED = {"Photolog-Degraded": "1"}
"""What the answer says of a page that is short while there is more."""
FINISHED = (FOLLOWS,)
"""Whoever has followed sees what was published before: the backfill of that follow is waited for, no fan-out is."""


@router.get("/feed", response_model=Posts, dependencies=[SIGNED, fresh(*PROJECTIONS, finished=FINISHED)])
async def feed_page(request: Request, page: Page, viewer: Viewer, wired: Wired, places: Seen) -> Response:
    """The newest posts of the accounts that the viewer follows, newest first."""
    made = await page_of(viewer, page, wired, lately=not places)
    headers = dict(DEGRADED) if made.short else {}
    if made.cursor is not None:
        headers["Link"] = link(request.url.include_query_params(cursor=made.cursor))
    return Response(made.body, headers={**PRIVATE, **headers}, media_type="application/json")


class FeedPage(NamedTuple):
    """A page as JSON."""

    body: bytes
    cursor: str | None
    """Behind it, if there is more."""
    short: bool
    """Whether it has less than was asked for, though there is more: while it must be read from the tables."""


async def page_of(viewer: AccountId, page: Paging, wired: Reads, *, lately: bool) -> FeedPage:
    """What the viewer sees there. `lately`: of a first page, as it was a moment ago will do. Raises BadCursor, and
    Unavailable where it must be read from the tables, and too many wait for that."""
    if await wired.feeds.reached():
        return await _page(viewer, page, page.limit, wired, lately)
    async with wired.short_page_turns.turn():
        return await _page(viewer, page, min(page.limit, wired.short_page), wired, lately)


async def _page(viewer: AccountId, page: Paging, limit: int, wired: Reads, lately: bool) -> FeedPage:
    places = cursors(wired, "feed", viewer)
    start = places.read(page.cursor)
    ready = partial(make_ready, reads=wired) if lately and page.cursor is None else None
    feed = Feed(viewer, wired, wired.caches.moment(), ready)
    items = await fill(feed.entries, feed.show, None if start is None else FeedEntry(*start), limit)
    cursor = None if items.last is None else places.write(tuple(items.last))
    tail = b"null" if cursor is None else b'"%b"' % cursor.encode()
    more = b"false" if cursor is None else b"true"
    body = b'{"posts":[%b],"next_cursor":%b,"has_more":%b}' % (b",".join(items.shown), tail, more)
    return FeedPage(body, cursor, short=limit < page.limit and cursor is not None)


class Feed(NamedTuple):
    """One viewer's feed: which posts, and which of them the viewer may still see."""

    viewer: AccountId
    wired: Reads
    since: Any
    """The moment of the caches at which the page was asked for: reading the feed is what a fence needs."""
    ready: Ready | None = None
    """What celebrities had posted until a moment ago will do, and this is made of what they have since."""

    async def entries(self, after: FeedEntry | None, limit: int) -> Sequence[FeedEntry]:
        """Up to `limit` entries below `after`; below the floor of a trimmed feed, from the authors' partitions."""
        part = await self._merged(after, limit)
        if part.floor is None or len(part.entries) == limit:
            return part.entries
        below = _lower(after, part.floor)
        further = await fan_in(self.wired.tables, self.viewer, limit - len(part.entries), below)
        return [*part.entries, *further]

    async def _merged(self, after: FeedEntry | None, limit: int) -> FeedSlice:
        """What was pushed, and down to its end or its floor what is pulled.

        By the end of a span goes who knew of it before the feed was read: so what was pushed instead was there. And
        reading the feed is a fence: who is a celebrity is known as of now, because what it leaves out is pulled.
        """
        celebrities = self.wired.celebrities
        before = celebrities.known(self.viewer)
        if before is None and celebrities.listed:
            part, _ = await asyncio.gather(self._pushed(after, limit), celebrities.followed(self.viewer))
        else:
            part = await self._pushed(after, limit)
        if part.merged:
            return part
        now = await celebrities.followed(self.viewer)
        if not now.authors:
            return part
        by_ends = before is not None and before.known_from == now.known_from
        above = part.entries[-1] if len(part.entries) == limit else part.floor
        pulled = await self.wired.pulling.pull(now, limit, after, above, by_ends=by_ends, ready=self.ready)
        return part._replace(entries=sorted({*part.entries, *pulled}, reverse=True)[:limit]) if pulled else part

    async def _pushed(self, after: FeedEntry | None, limit: int) -> FeedSlice:
        whole = await self.wired.feeds.read(self.viewer, limit, after)
        return await self.wired.rebuilds.read(self.viewer, limit, after) if whole is None else whole

    async def show(self, entries: Sequence[FeedEntry]) -> list[bytes | None]:
        """Cards of posts that are still there, by authors who are still followed."""
        return await show_cards(entries, self.viewer, self.wired, since=self.since, of_followed=True)


def _lower(after: FeedEntry | None, floor: FeedEntry) -> FeedEntry:
    """Where to read on below a trimmed feed."""
    return floor if after is None else min(after, floor)
