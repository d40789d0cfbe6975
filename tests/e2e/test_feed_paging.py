"""Paging through a feed while posts arrive: nothing twice, nothing missing, no short page, one order."""

import copy
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from itertools import islice
from threading import Event, Lock
from typing import Any

import pytest

from schemas.positions import decode_token, encode_token
from tests.chaos.pictures import COUNT, picture
from tests.e2e.conftest import MakePerson
from tests.e2e.people import Person
from tests.forms import LONG
from tests.pace import patient

LIMIT, BEFORE, ARRIVING, AT_ONCE = 7, 42 if LONG else 21, 200 if LONG else 30, 6
WITHIN_S = 60.0
NOWHERE = encode_token([])
Card = dict[str, Any]


class Arrivals:
    """Authors who publish side by side, and what is known to be published so far."""

    def __init__(self, authors: list[Person], pool: ThreadPoolExecutor) -> None:
        self.authors = authors
        self.pool = pool
        self.known: list[str] = []
        self.readable: set[str] = set()
        """What a passage has shown: no later one may miss it."""
        self.position = NOWHERE
        self._telling = Lock()
        self._publish(0)

    def told(self) -> tuple[list[str], str]:
        """What is known to be published, and where all of it can be seen."""
        with self._telling:
            return list(self.known), self.position

    def publish(self, count: int) -> Iterator[Future[None]]:
        """Starts so many publications; yields each when its author knows that it is published."""
        return as_completed([self.pool.submit(self._publish, number) for number in range(count)])

    def _publish(self, number: int) -> None:
        author = copy.copy(self.authors[number % len(self.authors)])
        post = author.publish(picture(number % COUNT))
        with self._telling:
            self.position = encode_token([*decode_token(self.position).places, *decode_token(author.position).places])
            self.known.append(post)


class Passage:
    """One reader's way through the feed, page by page, checked on the way."""

    def __init__(self, reader: Person, arrivals: Arrivals) -> None:
        self._reader = reader
        _, position = arrivals.told()
        self.expected = set(arrivals.readable)
        self._at_least = {"At-Least-Position": position}
        self._cursor: str | None = ""
        self.cards: list[Card] = []

    @property
    def over(self) -> bool:
        return self._cursor is None

    def turn(self) -> None:
        """Reads the next page."""
        params: dict[str, str | int] = {"limit": LIMIT, **({"cursor": self._cursor} if self._cursor else {})}
        answer = self._reader.http.get("/feed", params=params, headers={**self._reader.bearer, **self._at_least})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["posts"]) == LIMIT or not page["has_more"], "a short page while more exist"
        assert page["posts"] or not self.cards, "a page was announced and there is nothing on it"
        self.cards += page["posts"]
        self._cursor = page["next_cursor"]

    def check(self) -> None:
        """Every post that was readable when it began, once, in the one order that there is."""
        places = [(card["created_at"], card["post_id"]) for card in self.cards]
        assert places == sorted(set(places), reverse=True), "twice, or out of order"
        assert self.expected <= self.shown, "a gap"

    @property
    def shown(self) -> set[str]:
        """The posts on all pages so far."""
        return {card["post_id"] for card in self.cards}


def whole(reader: Person, arrivals: Arrivals) -> Passage:
    """A passage from the first page to the last."""
    passage = Passage(reader, arrivals)
    while not passage.over:
        passage.turn()
    passage.check()
    arrivals.readable |= passage.shown
    return passage


def all_readable(reader: Person, arrivals: Arrivals) -> Passage:
    """A passage that shows everything that is known: a position covers the rows of a post, its fan-out follows."""
    deadline = time.monotonic() + patient(WITHIN_S)
    while not set(arrivals.told()[0]) <= (passage := whole(reader, arrivals)).shown:
        assert time.monotonic() < deadline, "a post that is known never came"
    return passage


def again_and_again(reader: Person, arrivals: Arrivals, until: Event) -> int:
    """Passes through the feed as fast as it goes, until the last post has arrived; how often."""
    passages = 0
    while not until.is_set():
        whole(reader, arrivals)
        passages += 1
    return passages


@pytest.fixture
def arrivals(people: MakePerson) -> Iterator[Arrivals]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield Arrivals([people("author") for _ in range(3)], pool)


@pytest.fixture
def reader(people: MakePerson, arrivals: Arrivals) -> Person:
    """Follows everybody who publishes."""
    follower = people("reader")
    for author in arrivals.authors:
        follower.post(f"/follow/{author.id}")
    follower.get("/feed")
    return follower


@pytest.mark.chaos
def test_paging_while_posts_arrive_shows_everything_once(arrivals: Arrivals, reader: Person) -> None:
    for published in arrivals.publish(BEFORE - 1):
        published.result()
    all_readable(reader, arrivals)
    slow, all_there = Passage(reader, arrivals), Event()
    slow.turn()
    with ThreadPoolExecutor(1) as other:
        restless = other.submit(again_and_again, reader, arrivals, all_there)
        coming = arrivals.publish(ARRIVING)
        try:
            while not slow.over:
                for published in islice(coming, ARRIVING * LIMIT // BEFORE):
                    published.result()
                slow.turn()
            for published in coming:
                published.result()
        finally:
            all_there.set()
        assert restless.result() > BEFORE // LIMIT
    slow.check()
    assert slow.expected == slow.shown == set(arrivals.known[:BEFORE])
    last = all_readable(reader, arrivals)
    assert last.shown == set(arrivals.known)
    assert len(last.cards) == BEFORE + ARRIVING
