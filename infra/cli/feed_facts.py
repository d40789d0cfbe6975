"""The facts behind a feed, for `photolog feed inspect`: what stands in tables, in the stored feed and in positions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from events.topics import route
from infra.wiring.operating import Operating
from processors.holds import HOLDS
from projections import posts
from projections.accounts import ACCOUNTS
from projections.celebrities import ALL, CELEBRITIES, spans_of
from projections.feed import FOLLOWING, PROJECTION, parts_of
from projections.ports import FeedEntry, Progress, Stamp
from projections.posts import POST_STATUS, POSTS
from query_api.celebrities import CelebrityReads
from query_api.feed_verdicts import Edge, Facts, Place, Post
from query_api.memory import Memory
from schemas.ids import AccountId, PostId
from schemas.positions import FOLLOWS, Partition
from schemas.positions import POSTS as POSTS_TOPIC
from schemas.tables import Key, Row, Table

NOTHING = FeedEntry(0, PostId(""), AccountId(""))


@dataclass(frozen=True)
class FeedFacts:
    """Of one site, as its projections stand when it is asked."""

    site: Operating
    progress: dict[Partition, Progress]
    """Of the feed's projection."""
    ends: dict[Partition, int]

    @classmethod
    async def of(cls, site: Operating) -> "FeedFacts":
        """As it stands now."""
        ends = {Partition(*one): end for one, end in (await site.write.log.ends()).items()}
        return cls(site, await site.read.positions.progress(PROJECTION.id), ends)

    async def about(self, account: AccountId, post_id: PostId) -> Facts:
        """Everything about one post in one feed."""
        post = await self._post(post_id)
        author, entry = (None, NOTHING) if post is None else (post.author, post.entry or NOTHING)
        edge = None if author is None else await self._edge(account, author)
        waiting = [(posts.PROJECTION.id, f"post/{post_id}"), (PROJECTION.id, f"post/{post_id}")]
        if author is not None:
            waiting += [(PROJECTION.id, f"follow/{account}/{author}"), (PROJECTION.id, f"celebrity/{author}")]
        return Facts(
            account=account,
            post_id=post_id,
            post=post,
            author_is_known=author is not None and await self._row(ACCOUNTS, (author,)) is not None,
            edge=edge,
            spans=spans_of(await self._row(CELEBRITIES, (ALL, author or ""))),
            stored=await self.site.read.feeds.look(account, 0, [entry]),
            held=await self._held(waiting),
            behind=self.behind,
        )

    async def stored(self, account: AccountId, limit: int) -> dict[str, Any]:
        """The stored feed, and what else a page is made of."""
        stored = await self.site.read.feeds.look(account, limit)
        following = (await self.site.read.tables.sizes(FOLLOWING, [(account,)]))[account,]
        read = self.site.read
        celebrities = await CelebrityReads(read.tables, read.caches, Memory()).followed(account)
        return {
            "account_id": account,
            "state": stored.state,
            "length": stored.length,
            "floor": stored.floor and stored.floor.post_id,
            "left_s": stored.left_ms // 1_000,
            "following": following,
            "celebrities": [author for author, _ in celebrities.authors],
            "behind": self.behind,
            "newest": [entry.post_id for entry in stored.newest],
        }

    @property
    def behind(self) -> int:
        """Events that the feed's projection has still to take."""
        due = {one: end for one, end in self.ends.items() if one.topic in PROJECTION.topics}
        return sum(end - (self.progress[one].rows if one in self.progress else 0) for one, end in due.items())

    async def _post(self, post_id: PostId) -> Post | None:
        status = await self._row(POST_STATUS, (post_id,))
        if status is None:
            return None
        author, at = AccountId(status["author_id"]), status["published_at"]
        listed = None if at is None else await self._listed(author, (at, post_id))
        return Post(
            status=status["status"],
            author=author,
            reason=status["reason"],
            entry=None if at is None else FeedEntry(at, post_id, author),
            listed=self._place(POSTS_TOPIC, listed) if listed is not None and listed.present else None,
            has_card=await self._row(POSTS, (post_id,)) is not None,
        )

    async def _listed(self, author: AccountId, order: Key) -> Stamp | None:
        """In any part of its author's posts."""
        stamps = [await self._stamp(table, (*part, *order)) for table, part in parts_of(author, spread=True)]
        found = [stamp for stamp in stamps if stamp is not None]
        return next((stamp for stamp in found if stamp.present), found[0] if found else None)

    async def _edge(self, account: AccountId, author: AccountId) -> Edge | None:
        stamp = await self._stamp(FOLLOWING, (account, author))
        return None if stamp is None else Edge(stamp.present, self._place(FOLLOWS, stamp))

    def _place(self, topic: str, stamp: Stamp) -> Place:
        origin = stamp.origin
        reached = self.progress.get(Partition(topic, origin.partition))
        finished = reached is not None and origin.offset < reached.finished
        return Place(stamp.number, topic, origin.partition, origin.offset, finished)

    async def _held(self, waiting: Sequence[tuple[str, str]]) -> list[str]:
        """What waits behind dead letters, of these subscribers' streams."""
        found = []
        for subscriber, stream in waiting:
            topic, _ = route(stream, 1)
            number = sum(one.topic == topic for one in self.ends)
            _, partition = route(stream, number)
            hold = await self._row(HOLDS, (subscriber, topic, partition, stream))
            if hold is not None:
                behind = f"letter {hold['letter_id']}, from offset {hold['first']} on"
                found.append(f"{stream} waits in {subscriber} behind {behind}")
        return found

    async def _row(self, table: Table, key: Key) -> Row | None:
        return (await self.site.read.tables.get(table, [key])).get(key)

    async def _stamp(self, table: Table, key: Key) -> Stamp | None:
        return (await self.site.read.tables.stamps(table, [key])).get(key)
