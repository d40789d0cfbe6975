"""A reference model of notifications: what was done, in order, and what of it each person is told. Knows no read model.

Obvious, not fast: everything is worked out anew from all that was ever done.
"""

from dataclasses import dataclass, field
from typing import NamedTuple


class Deed(NamedTuple):
    """Something that concerns somebody."""

    number: int
    kind: str
    recipient: str
    actor: str
    post: str
    comment: str


class Told(NamedTuple):
    """One item of a list. `number` is the newest deed's: what is read with this item."""

    kind: str
    post: str
    actors: tuple[str, ...]
    actor_count: int
    read: bool
    number: int


@dataclass
class Notified:
    """`posts`: each one's author."""

    posts: dict[str, str]
    deeds: list[Deed] = field(default_factory=list)
    likes: set[tuple[str, str]] = field(default_factory=set)
    follows: set[tuple[str, str]] = field(default_factory=set)
    bells: dict[tuple[str, str], int] = field(default_factory=dict)
    """After which deed each was put on."""
    comments: dict[str, tuple[str, str]] = field(default_factory=dict)
    blocks: set[tuple[str, str]] = field(default_factory=set)
    read: dict[str, int] = field(default_factory=dict)
    _made: int = 0

    def apart(self, one: str, other: str) -> bool:
        return bool({(one, other), (other, one)} & self.blocks)

    def like(self, who: str, post: str) -> None:
        self._done("like", self.posts[post], who, post)
        self.likes.add((who, post))

    def follow(self, who: str, whom: str) -> None:
        if (who, whom) not in self.follows:
            self._done("follow", whom, who)
            self.follows.add((who, whom))

    def unfollow(self, who: str, whom: str) -> None:
        self.follows.discard((who, whom))
        self.bells.pop((who, whom), None)

    def bell(self, who: str, whom: str) -> None:
        self.bells.setdefault((who, whom), self._next())

    def publish(self, who: str, post: str, everybody: list[str]) -> None:
        self.posts[post], number = who, self._next()
        self.deeds += [Deed(number, "post", one, who, post, "") for one in everybody]

    def comment(self, who: str, post: str, comment: str, mentions: list[str]) -> None:
        number = self._next()
        author = self.posts[post]
        for kind, recipient in [("comment", author), *(("mention", one) for one in mentions if one != author)]:
            self.deeds.append(Deed(number, kind, recipient, who, post, comment))
        self.comments[comment] = (who, post)

    def block(self, who: str, whom: str) -> None:
        self.blocks.add((who, whom))
        for one, other in ((who, whom), (whom, who)):
            self.unfollow(one, other)

    def told(self, viewer: str) -> list[Told]:
        """The whole list, newest first."""
        mark, items, liked_or_followed = self.read.get(viewer, 0), dict[tuple[str, str, bool], list[Deed]](), set()
        for deed in reversed(self.deeds):
            if deed.recipient != viewer or deed.actor == viewer or not self._stands(deed, viewer):
                continue
            if deed.kind in ("like", "follow"):
                if (deed.kind, deed.post, deed.actor) in liked_or_followed:
                    continue
                liked_or_followed.add((deed.kind, deed.post, deed.actor))
            items.setdefault((deed.kind, deed.post, deed.number <= mark), []).append(deed)
        return [
            Told(kind, post, tuple(actors[:3]), len(actors), read, deeds[0].number)
            for (kind, post, read), deeds in items.items()
            for actors in [list(dict.fromkeys(deed.actor for deed in deeds))]
        ]

    def _stands(self, deed: Deed, viewer: str) -> bool:
        if self.apart(viewer, deed.actor):
            return False
        if deed.kind == "follow":
            return (deed.actor, viewer) in self.follows
        if deed.post not in self.posts or self.apart(viewer, self.posts[deed.post]):
            return False
        if deed.kind == "post":
            return self.bells.get((viewer, deed.actor), deed.number) < deed.number
        return (deed.actor, deed.post) in self.likes if deed.kind == "like" else deed.comment in self.comments

    def _next(self) -> int:
        self._made += 1
        return self._made

    def _done(self, kind: str, recipient: str, actor: str, post: str = "") -> None:
        self.deeds.append(Deed(self._next(), kind, recipient, actor, post, ""))
