"""A query API whose feed pages end behind one of their steps, for tests.bench.feed.steps.

    .venv/bin/python -m tests.bench.feed.steps_served STEP BYTES

Everything around the page is the real process's; what is cut off is answered by so many bytes of nothing.
"""

import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

from infra.cli.processes import query_api
from projections.ports import FeedEntry
from query_api import feed_endpoint
from query_api.call import Paging
from query_api.card_memory import FOLLOWED
from query_api.cards import make_ready
from query_api.feed import Feed, FeedPage
from query_api.reads import Reads
from schemas.ids import AccountId


class Cut:
    """Pages that end behind a step, named as in STEPS."""

    def __init__(self, size: int) -> None:
        self._body = b"x" * size
        self._head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % size)]

    async def empty(self, _scope: object, _receive: object, send: feed_endpoint.Send, **_: Any) -> bool:
        """In place of the whole endpoint."""
        await send({"type": "http.response.start", "status": 200, "headers": self._head})
        await send({"type": "http.response.body", "body": self._body})
        return True

    async def token(self, _viewer: AccountId, _page: Paging, _wired: Reads, **_: Any) -> FeedPage:
        return FeedPage(self._body, None, short=False)

    async def pushed(self, viewer: AccountId, page: Paging, wired: Reads, **_: Any) -> FeedPage:
        await wired.feeds.reached()
        await wired.feeds.read(viewer, page.limit + 1, None)
        return FeedPage(self._body, None, short=False)

    async def skeleton(self, viewer: AccountId, page: Paging, wired: Reads, **_: Any) -> FeedPage:
        await self._entries(viewer, page, wired)
        return FeedPage(self._body, None, short=False)

    async def cards(self, viewer: AccountId, page: Paging, wired: Reads, **_: Any) -> FeedPage:
        """With their counts, which they are made with; with the same flags for everybody."""
        entries, known = await self._entries(viewer, page, wired), wired.cards.known
        if any(entry.post_id not in known for entry in entries):
            await make_ready(entries, wired)
        shown = [known[entry.post_id].show(FOLLOWED) for entry in entries]
        return FeedPage(b",".join(shown).ljust(len(self._body)), None, short=False)

    @staticmethod
    async def _entries(viewer: AccountId, page: Paging, wired: Reads) -> Sequence[FeedEntry]:
        await wired.feeds.reached()
        feed = Feed(viewer, wired, wired.caches.moment(), partial(make_ready, reads=wired))
        return (await feed.entries(None, page.limit + 1))[: page.limit]


STEPS = ("empty", "token", "pushed", "skeleton", "cards")
"""Each does what those before it do: nothing; whose the token is; what was pushed; who is a celebrity; the cards."""


def main() -> None:
    step, size = sys.argv[1:]
    setattr(feed_endpoint, "answered" if step == "empty" else "page_of", getattr(Cut(int(size)), step))
    query_api()


if __name__ == "__main__":
    main()
