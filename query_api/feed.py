"""GET /feed: skeleton (which posts), hydrate (their cards), filter (what this viewer may not see), present (bytes)."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from fastapi import APIRouter, Request, Response

from projections import accounts, comments, feed, likes, posts
from projections.feed import FOLLOWEE
from projections.ports import FEED_LIMIT, FeedEntry, FeedSlice
from query_api.call import SIGNED, Page, Viewer, Wired, cursors, fresh, listed
from query_api.cards import hydrate, show_cards
from query_api.fanin import fan_in
from query_api.lists import Shown
from query_api.paging import fill
from query_api.reads import Reads
from schemas.ids import AccountId
from schemas.positions import FOLLOWS
from schemas.posts import Posts

router = APIRouter(tags=["feed"])
FRESH = fresh(*(part.PROJECTION for part in (accounts, posts, feed, likes, comments)), finished=[FOLLOWS])
"""Whoever has followed sees what was published before: the backfill of that follow is waited for, no fan-out is."""


@router.get("/feed", response_model=Posts, dependencies=[SIGNED, FRESH])
async def feed_page(request: Request, page: Page, viewer: Viewer, wired: Wired) -> Response:
    """The newest posts of the accounts that the viewer follows, newest first."""
    places = cursors(wired, "feed", viewer)
    start = places.read(page.cursor)
    skeleton = Skeleton(viewer, wired)
    items = await fill(skeleton.entries, skeleton.show, None if start is None else FeedEntry(*start), page.limit)
    return listed(request, "posts", items.shown, None if items.last is None else places.write(tuple(items.last)))


@dataclass(frozen=True)
class Skeleton:
    """One viewer's feed: which posts, and which of them the viewer may still see."""

    viewer: AccountId
    wired: Reads

    async def entries(self, after: FeedEntry | None, limit: int) -> Sequence[FeedEntry]:
        """Up to `limit` entries below `after`; below the floor of a trimmed feed, from the authors' partitions."""
        part = await self.wired.feeds.read(self.viewer, limit, after) or await self._rebuilt(after, limit)
        if part.floor is None or len(part.entries) == limit:
            return part.entries
        below = part.entries[-1] if part.entries else _lower(after, part.floor)
        return part.entries + await fan_in(self.wired.tables, self.viewer, limit - len(part.entries), below)

    async def show(self, entries: Sequence[FeedEntry]) -> list[Shown]:
        """Cards of posts that are still there, by authors who are still followed."""
        skeletons = [(entry.post_id, entry.author_id) for entry in entries]
        hydrated = await hydrate(skeletons, self.viewer, self.wired)
        cards = show_cards(hydrated, self.wired)
        return [
            orjson.Fragment(card) if card is not None and hydrated.related[FOLLOWEE.member(author)] else None
            for card, (_, author) in zip(cards, skeletons, strict=True)
        ]

    async def _rebuilt(self, after: FeedEntry | None, limit: int) -> FeedSlice:
        """Makes the feed whole again: pushes land from `begin` on, so none is missed between it and the fan-in."""
        begun = await self.wired.feeds.begin(self.viewer)
        whole = None
        if begun is not None:
            entries = await fan_in(self.wired.tables, self.viewer, FEED_LIMIT, None)
            await self.wired.feeds.complete(self.viewer, begun, entries)
            whole = await self.wired.feeds.read(self.viewer, limit, after)
        return whole or FeedSlice(await fan_in(self.wired.tables, self.viewer, limit, after), None)


def _lower(after: FeedEntry | None, floor: FeedEntry) -> FeedEntry:
    """Where to read on below a trimmed feed."""
    return floor if after is None else min(after, floor)
