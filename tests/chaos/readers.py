"""Everything that can be read over HTTP, page by page, in the form of the reference model's answer."""

from collections.abc import Iterable
from typing import Any

from schemas.positions import Position, encode_token
from tests.chaos.wire import Wire
from tests.reference.log import LogEvent
from tests.reference.model import AccountView, PostView, Readable

PLACES_IN_A_TOKEN = 8


class Reader:
    """Reads as any account; `limit` is the length of its pages."""

    def __init__(self, wire: Wire, limit: int) -> None:
        self._wire = wire
        self._limit = limit

    async def everything(self, accounts: Iterable[str], posts: Iterable[str]) -> Readable:
        """What these accounts see of themselves, and one of them of these posts: 404 and 410 are no post."""
        views = {account: await self._account(account) for account in accounts}
        viewer = next(iter(views))
        found = {post: await self._post(post, viewer) for post in posts}
        return Readable(views, {post: view for post, view in found.items() if view is not None})

    async def profile(self, account: str) -> dict[str, Any]:
        """The account's profile."""
        return await self._get(f"/users/{account}", account)

    async def caught_up(self, log: Iterable[LogEvent], account: str, post: str) -> None:
        """Returns once every kind of read has seen the whole of this log."""
        ends: dict[tuple[str, int], int] = {}
        for event in log:
            ends[event.topic, event.partition] = max(event.offset, ends.get((event.topic, event.partition), 0))
        latest = [Position(topic, partition, offset) for (topic, partition), offset in ends.items()]
        paths = ["/feed", f"/users/{account}", f"/users/{account}/feed", f"/users/{account}/followers"]
        paths += [f"/posts/{post}", f"/posts/{post}/likes", f"/posts/{post}/comments"]
        for start in range(0, len(latest), PLACES_IN_A_TOKEN):
            token = encode_token(latest[start : start + PLACES_IN_A_TOKEN])
            for path in paths:
                await self._get(path, account, token)

    async def _account(self, account: str) -> AccountView:
        profile = await self.profile(account)
        feed = await self._pages("/feed", "posts", account)
        grid = await self._pages(f"/users/{account}/feed", "posts", account)
        return AccountView(
            feed=tuple(card["post_id"] for card in feed),
            liked=frozenset(card["post_id"] for card in feed if card["liked_by_viewer"]),
            grid=tuple(card["post_id"] for card in grid),
            post_count=profile["post_count"],
            follower_count=profile["follower_count"],
            following_count=profile["following_count"],
        )

    async def _post(self, post: str, viewer: str) -> PostView | None:
        answer = await self._wire.get(f"/posts/{post}", viewer)
        if answer.status in (404, 410):
            return None
        assert answer.status == 200, f"/posts/{post} answered {answer.status} {answer.body!r}"
        likers = [user["user_id"] for user in await self._pages(f"/posts/{post}/likes", "users", viewer)]
        comments = await self._pages(f"/posts/{post}/comments", "comments", viewer)
        assert len(likers) == len(set(likers)), f"{post} names a liker twice: {likers}"
        return PostView(
            like_count=answer.json["like_count"],
            comment_count=answer.json["comment_count"],
            likers=frozenset(likers),
            comments=tuple(comment["comment_id"] for comment in comments),
        )

    async def _pages(self, path: str, name: str, viewer: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = await self._get(path, viewer, limit=self._limit, **cursor)
            items += page[name]
            if not page["has_more"]:
                assert page["next_cursor"] is None, f"{path} has no more, and a cursor"
                return items
            assert len(page[name]) == self._limit, f"{path} has a short page though there is more"
            cursor = {"cursor": page["next_cursor"]}

    async def _get(self, path: str, viewer: str, position: str = "", **params: Any) -> dict[str, Any]:
        answer = await self._wire.read(path, viewer, position, **params)
        assert answer.status == 200, f"{path} answered {answer.status} {answer.body!r}"
        return answer.json
