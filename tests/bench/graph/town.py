"""Who follows whom, by a real graph, and who publishes what: drawn by a seed. Nothing here touches a site."""

import csv
import heapq
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

NEWCOMER = "newcomer"
"""Follows the most followed in the end: that is when their followers are counted again."""
PROLIFIC, PROLIFIC_SHARE = 3, 0.165
"""So many publish so much of everything, each: their followers' feeds go beyond what is kept of a feed."""
BEYOND_SHARE = 0.3
"""Of the feeds that are compared, so many are of these followers."""
DELETED_SHARE = 0.02


class Drawn(NamedTuple):
    """A post: its number in the order of publication, and whose it is."""

    number: int
    author: str


@dataclass
class Town:
    """Undirected edges, each of which is a follow both ways. The same seed draws the same."""

    edges: list[tuple[str, str]]
    seed: int
    posts: list[Drawn] = field(default_factory=list)
    deleted: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    @classmethod
    def read(cls, file: Path, accounts: int | None, seed: int) -> "Town":
        """A CSV file of edges with a header; those between so many accounts, of whom the popular are likelier to be."""
        with file.open(newline="") as source:
            rows = csv.reader(source)
            next(rows)
            edges = [(one, other) for one, other in rows]
        if accounts is None:
            return cls(edges, seed)
        chance = random.Random(seed)
        ranks = {one: chance.random() ** (1 / count) for one, count in sorted(_degrees(edges).items())}
        drawn = set(heapq.nlargest(accounts, ranks, key=ranks.__getitem__))
        return cls([edge for edge in edges if drawn.issuperset(edge)], seed)

    @cached_property
    def followees(self) -> dict[str, set[str]]:
        """Of everybody in the graph; as many follow them."""
        found: dict[str, set[str]] = {}
        for one, other in self.edges:
            found.setdefault(one, set()).add(other)
            found.setdefault(other, set()).add(one)
        return dict(sorted(found.items()))

    def rows(self) -> Iterator[dict[str, Any]]:
        """What `photolog import` takes: people, then follows."""
        for one in [*self.followees, NEWCOMER]:
            yield {"id": one, "username": f"person_{one}", "email": f"{one}@example.org", "display_name": f"P {one}"}
        for one, other in self.edges:
            yield {"follower": one, "followee": other}
            yield {"follower": other, "followee": one}

    def popular(self, count: int) -> list[str]:
        """The most followed, the first first."""
        return heapq.nlargest(count, self.followees, key=lambda one: len(self.followees[one]))

    def viewers(self, feeds: int) -> list[str]:
        """Whose feeds are compared: followers of the prolific, and anybody."""
        near = sorted(set().union(*(self.followees[one] for one in self.prolific(feeds))))
        beyond = self._chance.sample(near, min(len(near), round(feeds * BEYOND_SHARE)))
        others = sorted(self.followees.keys() - beyond)
        return beyond + self._chance.sample(others, feeds - len(beyond))

    def prolific(self, feeds: int) -> list[str]:
        """People with about half as many followers as feeds are compared."""
        return heapq.nsmallest(
            PROLIFIC, self.followees, key=lambda one: (abs(len(self.followees[one]) - feeds // 2), one)
        )

    def publish(self, count: int, feeds: int) -> list[Drawn]:
        """So many posts more: much is of the prolific, the rest of people as often as they are followed."""
        prolific = self.prolific(feeds)
        each = round(count * PROLIFIC_SHARE)
        authors = [one for one in prolific for _ in range(each)]
        people = list(self.followees)
        weights = [len(followees) for followees in self.followees.values()]
        authors += self._chance.choices(people, weights, k=count - len(authors))
        self._chance.shuffle(authors)
        posts = [Drawn(len(self.posts) + place, author) for place, author in enumerate(authors)]
        self.posts += posts
        return posts

    def delete(self) -> list[Drawn]:
        """Some of what there is."""
        there = [post for post in self.posts if post.number not in self.deleted]
        gone = self._chance.sample(there, round(len(there) * DELETED_SHARE))
        self.deleted.update(post.number for post in gone)
        return gone


def _degrees(edges: list[tuple[str, str]]) -> Counter[str]:
    return Counter(end for edge in edges for end in edge)
