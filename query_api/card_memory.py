"""Cards as this process remembers them, ready to be shown: made by cards.py of what memory.py holds.

A card is forgotten with whatever it was made of. Shown, it differs by viewer in three flags; how it looks with those
that it was shown with is remembered too.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from projections.accounts import ACCOUNTS
from projections.ports import FeedEntry
from query_api.memory import Entry, Memory
from schemas.ids import AccountId, PostId

MOST = 20_000
"""Cards of one process; the oldest go first. One takes some 2 KB for each set of flags that it was shown with."""

FOLLOWED, FOLLOWS, LIKED, NOBODY = 1, 2, 4, 8
"""Flags, which are added up: that the viewer follows the author, is followed by them, and likes the post. Or that there
is no viewer, of whom nothing is said."""


class Skeleton(NamedTuple):
    """What is asked of a post before it is looked at."""

    post_id: PostId
    author_id: AccountId


OnPage = Skeleton | FeedEntry
"""A post that is to be shown."""


def _json(flag: int, flags: int) -> bytes:
    return b"null" if flags == NOBODY else b"true" if flags & flag else b"false"


_OF_AUTHOR = [
    b'"followed_by_viewer":%b,"follows_viewer":%b},' % (_json(FOLLOWED, flags), _json(FOLLOWS, flags))
    for flags in range(NOBODY + 1)
]
_OF_POST = [b'"liked_by_viewer":%b}' % _json(LIKED, flags) for flags in range(NOBODY + 1)]


@dataclass(slots=True, eq=False)
class Card:
    """One post. `before` and `behind` are the JSON around the flags of the author."""

    post: str
    author: str
    before: bytes
    behind: bytes
    liked: bool
    """Whether anybody likes it: if not, no viewer need be asked about."""
    shown: list[bytes | None] = field(default_factory=lambda: [None] * (NOBODY + 1))
    """By flags: as `show` made it, if it has. A list, for a page touches twenty cards, which the processor's cache has
    long lost: each thing more that is looked at is waited for."""

    def show(self, flags: int) -> bytes:
        """As JSON."""
        shown = self.shown[flags] = b"".join((self.before, _OF_AUTHOR[flags], self.behind, _OF_POST[flags]))
        return shown


class CardMemory:
    """By post. Holds no card that was made of anything that memory does not hold."""

    def __init__(self, memory: Memory, most: int = MOST) -> None:
        self.known: dict[str, Card] = {}
        """For looking into, not for changing."""
        self._memory = memory
        self._most = most
        self._by_author: dict[str, set[str]] = {}
        memory.hear(self._forget)

    def keep(self, card: Card, parts: Sequence[tuple[str, Entry]]) -> None:
        """Remembers a card, if all its parts, by their names, are still remembered."""
        entries = self._memory.entries
        if any(entries.get(name) is not entry for name, entry in parts):
            return
        self.known[card.post] = card
        self._by_author.setdefault(card.author, set()).add(card.post)
        if len(self.known) > self._most:
            self._drop(next(iter(self.known)))

    def _forget(self, names: Collection[str] | None) -> None:
        if names is None:
            self.known.clear()
            self._by_author.clear()
            return
        for name in names:
            table, _, of = name.partition(":")
            for post in list(self._by_author.get(of, ())) if table == ACCOUNTS.name else (of,):
                self._drop(post)

    def _drop(self, post: str) -> None:
        card = self.known.pop(post, None)
        if card is not None:
            others = self._by_author[card.author]
            others.discard(post)
            if not others:
                del self._by_author[card.author]
