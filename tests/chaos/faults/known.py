"""What clients know from acknowledged answers: facts that every later read must agree with."""

from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from schemas.positions import Position, decode_token

Key = tuple[Hashable, ...]
"""What a fact is about: ("like", account, post), ("follow", follower, followee), ("comment", post, text), ..."""


@dataclass
class Fact:
    """The last acknowledged value, and where in the log it was decided. `busy` while a command may be changing it."""

    value: Any = None
    places: list[Position] = field(default_factory=list)
    busy: bool = False
    revision: int = 0


@dataclass
class Post:
    """A published post. `first` ones were there before anything failed: every feed has had them from the start."""

    post_id: str
    author: str
    first: bool = False
    thumbnail: str = ""
    digest: str = ""


@dataclass
class Known:
    """Shared by all clients; each fact is changed by one client alone."""

    facts: dict[Key, Fact] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)

    @contextmanager
    def changing(self, key: Key, value: Any) -> Iterator[list[httpx.Response]]:
        """Around a command that is repeated until it is acknowledged; its answer goes into the list."""
        fact = self.facts.setdefault(key, Fact())
        fact.busy = True
        answers: list[httpx.Response] = []
        yield answers
        places = decode_token(answers[-1].headers["Log-Position"]).places
        self.facts[key] = Fact(value, places or fact.places, False, fact.revision + 1)

    def sure(self, kind: str, *start: Hashable) -> Mapping[Key, Fact]:
        """Facts of a kind whose key begins like this, without those that a command may be changing."""
        begin = (kind, *start)
        return {key: fact for key, fact in self.facts.items() if key[: len(begin)] == begin and not fact.busy}

    def still(self, before: Mapping[Key, Fact]) -> Mapping[Key, Fact]:
        """Those of these facts that no command has touched since."""
        return {key: fact for key, fact in before.items() if self.facts[key] is fact and not fact.busy}


def covered(fact: Fact, seen: list[Position]) -> bool:
    """Whether who has seen these places must see the fact."""
    reached = {(place.topic, place.partition): place.offset for place in seen}
    return all(reached.get((place.topic, place.partition), -1) >= place.offset for place in fact.places)
