"""Mixed events as a small town makes them, of a seed: what is appended to a log whose readers are under test.

They go straight into the log, sealed with the keys of accounts that have signed up as ever: who writes is not tested.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from commands.ports import LedgerRow
from events.accounts import AccountOpened, ProfileChanged
from events.codec import Keys, encode
from events.comments import CommentDeleted, CommentWritten
from events.envelope import Event, Recorded
from events.follows import Followed, Unfollowed
from events.likes import PostLiked, PostUnliked
from events.posts import Picture, PostDeleted, PostEdited, PostPublished, PostReserved, Rendition
from schemas.ids import AccountId, CommandId, CommentId, EventId, Millis, PostId, base62

T = TypeVar("T")

BEGAN: Millis = 1_750_000_000_000
APART_MS = 137
"""Between two events."""
MOST_UNFOLLOWED = 0.7
"""Of what somebody follows, so much stays."""


@dataclass
class Mixed:
    """The town so far. The same seed makes the same events."""

    chance: random.Random
    opened: Mapping[AccountId, AccountOpened]
    """Who lives there."""
    keys: Keys
    rows: list[LedgerRow] = field(default_factory=list)
    """What is made and nobody has taken yet."""
    published: dict[PostId, PostPublished] = field(default_factory=dict)
    comments: list[CommentWritten] = field(default_factory=list)
    likes: list[tuple[PostId, AccountId]] = field(default_factory=list)
    """As often as each was said."""
    follows: set[tuple[AccountId, AccountId]] = field(default_factory=set)
    made: int = 0
    _versions: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def __post_init__(self) -> None:
        for account in self.opened:
            self._versions[f"account/{account}"] = 1

    def settled(self) -> list[LedgerRow]:
        """Everybody follows some and publishes once: the first events."""
        for account in self.opened:
            self._publish(account)
            for followee in self.chance.sample(list(self.opened), k=min(5, len(self.opened))):
                if followee != account:
                    self._turn_follow(account, followee)
        return self._taken()

    def more(self, count: int) -> list[LedgerRow]:
        """At least so many events, in order."""
        while len(self.rows) < count:
            (kind,) = self.chance.choices(list(KINDS), list(KINDS.values()))
            kind(self, self._somebody())
        return self._taken()

    def _taken(self) -> list[LedgerRow]:
        taken, self.rows = self.rows, []
        return taken

    def _publish(self, author: AccountId) -> None:
        post = PostId(f"po_{base62(self.made + 1)}")
        said: dict[str, Any] = {"author_id": author, "tags": (), "caption_tags": (), "alt_text": "", "location": None}
        said["caption"] = f"number {self.made}"
        reserved = PostReserved(
            **said,
            filename="a.jpg",
            content_type="image/jpeg",
            size_bytes=9,
            checksum_sha256=None,
            draft=True,
            in_parts=None,
            upload_key=f"uploads/{post}",
        )
        self._happens(f"post/{post}", reserved)
        names = ("thumbnail", "feed", "full")
        renditions = tuple(
            Rendition(
                name=name,
                path=f"m/{post}/1-{name}-0123.jpeg",
                content_type="image/jpeg",
                width=150,
                height=100,
                size_bytes=9,
            )
            for name in names
        )
        picture = {"renditions": renditions, "width": 1080, "height": 720, "blurhash": "L00000"}
        event = PostPublished(**said, **picture, published_at=self._now, attempt=1, salt=0)
        self.published[post] = event
        self._happens(f"post/{post}", event)

    def _edit(self, _somebody: AccountId) -> None:
        post, known = self._post()
        said = {name: getattr(known, name) for name in ("author_id", "tags", "caption_tags", "alt_text", "location")}
        picture = Picture(**{name: getattr(known, name) for name in Picture.model_fields})
        self._happens(f"post/{post}", PostEdited(**said, caption=f"better {self.made}", picture=picture))

    def _delete(self, _somebody: AccountId) -> None:
        if len(self.published) > len(self.opened):
            post, known = self._post()
            del self.published[post]
            event = PostDeleted(author_id=known.author_id, published_at=known.published_at, salt=0)
            self._happens(f"post/{post}", event)

    def _like(self, account: AccountId) -> None:
        post, known = self._post()
        self.likes.append((post, account))
        event = PostLiked(post_id=post, account_id=account, author_id=known.author_id)
        self._happens(f"like/{post}/{account}", event)

    def _unlike(self, _account: AccountId) -> None:
        if self.likes:
            post, account = self._drawn(self.likes)
            self._happens(f"like/{post}/{account}", PostUnliked(post_id=post, account_id=account))

    def _comment(self, account: AccountId) -> None:
        post, known = self._post()
        comment = CommentId(f"co_{base62(self.made + 1)}{post.removeprefix('po_')}")
        text = f"remark {self.made}"
        event = CommentWritten(
            post_id=post,
            comment_id=comment,
            author_id=account,
            text=text,
            written_at=self._now,
            post_author_id=known.author_id,
            mentions=(),
        )
        self.comments.append(event)
        self._happens(f"comment/{post}/{comment}", event)

    def _delete_comment(self, _account: AccountId) -> None:
        if self.comments:
            known = self._drawn(self.comments)
            event = CommentDeleted(
                post_id=known.post_id,
                comment_id=known.comment_id,
                author_id=known.author_id,
                written_at=known.written_at,
                deleted_as="comment_author",
            )
            self._happens(f"comment/{known.post_id}/{known.comment_id}", event)

    def _follow(self, account: AccountId) -> None:
        followee = self._somebody()
        if followee != account:
            self._turn_follow(account, followee)

    def _turn_follow(self, follower: AccountId, followee: AccountId) -> None:
        edge, both = (follower, followee), {"follower_id": follower, "followee_id": followee}
        if edge not in self.follows:
            self.follows.add(edge)
            self._happens(f"follow/{follower}/{followee}", Followed(**both))
        elif self.chance.random() > MOST_UNFOLLOWED:
            self.follows.discard(edge)
            self._happens(f"follow/{follower}/{followee}", Unfollowed(**both))

    def _rename(self, account: AccountId) -> None:
        said = dict(self.opened[account]) | {"display_name": f"Name {self.made}", "bio": "Hi", "avatar": None}
        self._happens(f"account/{account}", ProfileChanged(**said))

    @property
    def _now(self) -> Millis:
        return BEGAN + APART_MS * self.made

    def _somebody(self) -> AccountId:
        return self.chance.choice(list(self.opened))

    def _drawn(self, bag: list[T]) -> T:
        """One of these, which is then no longer there."""
        place = self.chance.randrange(len(bag))
        bag[place], bag[-1] = bag[-1], bag[place]
        return bag.pop()

    def _post(self) -> tuple[PostId, PostPublished]:
        post = self.chance.choice(list(self.published))
        return post, self.published[post]

    def _happens(self, stream: str, event: Event) -> None:
        self._versions[stream] += 1
        self.made += 1
        recorded = Recorded(
            id=EventId(f"ev_{base62(self.made)}"),
            stream=stream,
            version=self._versions[stream],
            at=self._now,
            actor=event.subject,
            causation=CommandId(f"cm_{base62(self.made)}"),
            correlation=f"cm_{base62(self.made)}",
            event=event,
        )
        wire = encode(recorded, self.keys)
        self.rows.append(LedgerRow(stream, recorded.version, recorded.id, recorded.causation, recorded.type, wire))


KINDS: Mapping[Callable[[Mixed, AccountId], None], int] = {
    Mixed._like: 36,
    Mixed._comment: 22,
    Mixed._unlike: 12,
    Mixed._follow: 10,
    Mixed._delete_comment: 6,
    Mixed._publish: 5,
    Mixed._rename: 4,
    Mixed._edit: 3,
    Mixed._delete: 2,
}
"""How often each happens."""
