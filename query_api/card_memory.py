"""Cards as this process remembers them, ready to be shown: made by cards.py of what memory.py holds.

A card is forgotten with whatever it was made of. Shown, it differs by viewer in three flags; how it looks with those
that it was shown with is remembered too. And of each viewer, which cards the last page was made of: most pages are
asked for again before anything on them has changed.
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
    forms: list[bytes | None] = field(default_factory=list)
    """By flags, as it was shown; empty, and for good, once the card is not remembered any more."""

    def show(self, flags: int) -> bytes:
        """As JSON."""
        form = self.forms[flags] if self.forms else None
        if form is None:
            form = b"".join((self.before, _OF_AUTHOR[flags], self.behind, _OF_POST[flags]))
            if self.forms:
                self.forms[flags] = form
        return form


class ShownPage(NamedTuple):
    """A page as a viewer saw it who stood to its posts and authors as now.

    It looks nothing up, and it holds of cards what is emptied once they are forgotten. A page has twenty cards, which
    the processor's cache has long lost: each thing more that is looked at is waited for.
    """

    posts: Sequence[OnPage]
    forms: Sequence[list[bytes | None]]
    flags: Sequence[int]

    def again(self, posts: Sequence[OnPage]) -> list[bytes | None] | None:
        """How these posts are shown. None: they are others, or a card is not what it was."""
        if posts != self.posts:
            return None
        try:
            return [forms[own] for forms, own in zip(self.forms, self.flags, strict=True)]
        except IndexError:
            return None


NO_PAGE = ShownPage((), (), ())


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
        self._drop(card.post)
        self.known[card.post] = card
        card.forms = [None] * (NOBODY + 1)
        self._by_author.setdefault(card.author, set()).add(card.post)
        if len(self.known) > self._most:
            self._drop(next(iter(self.known)))

    def _forget(self, names: Collection[str] | None) -> None:
        if names is None:
            for card in self.known.values():
                card.forms.clear()
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
            card.forms.clear()
            others = self._by_author[card.author]
            others.discard(post)
            if not others:
                del self._by_author[card.author]
