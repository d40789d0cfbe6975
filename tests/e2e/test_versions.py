"""Versions of projections on a server that goes on serving: rebuilt, verified, switched, rolled back, dropped."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from infra.process.environment import load_settings
from infra.versions.orders import Orders
from infra.wiring.operating import operating
from projections.site import SiteState
from tests.e2e.conftest import MakePerson
from tests.e2e.people import Person
from tests.pace import patient

NAMES = ("feed", "accounts", "posts", "likes", "comments", "bells")


@pytest.fixture
async def orders(
    backend: str, shared_url: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Orders]:
    """As `photolog projections` gives them, beside the running server."""
    server = request.getfixturevalue(f"shared_{backend}")
    environment = server.environment if backend == "cluster" else {"PHOTOLOG_DATA": str(server.data)}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    async with operating(settings) as site:
        yield Orders.of(site, settings, print)


class Watching:
    """Somebody who reads all the time, and somebody who goes on following and liking."""

    def __init__(self, reader: Person, fans: list[Person], post: str) -> None:
        self.reader, self.fans, self.post = reader, fans, post
        self.reads = 0
        self.wrong: list[str] = []
        self._over = threading.Event()

    def run(self) -> None:
        """Until it is told to stop. Whatever was seen once is seen ever after."""
        likes, left = 0, list(self.fans)
        while not self._over.is_set():
            if left:
                left.pop().post(f"/likes/{self.post}")
            card, feed = self.reader.get(f"/posts/{self.post}"), self.reader.get("/feed")
            self.reads += 2
            if (card.status_code, feed.status_code) != (200, 200):
                self.wrong.append(f"{card.status_code} {card.text[:200]} {feed.status_code} {feed.text[:200]}")
                continue
            if [one["post_id"] for one in feed.json()["posts"]] != [self.post]:
                self.wrong.append(feed.text[:300])
            if card.json()["like_count"] < likes:
                self.wrong.append(f"{likes} likes became {card.json()['like_count']}")
            likes = card.json()["like_count"]

    @contextmanager
    def all_the_time(self) -> Iterator[None]:
        """While the block runs."""
        thread = threading.Thread(target=self.run)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()


def everything(person: Person, author: Person, post: str) -> list[object]:
    """What the read models say."""
    paths = ["/feed", f"/posts/{post}", f"/users/{author.id}", f"/users/{author.id}/followers", "/me"]
    paths += [f"/posts/{post}/comments", f"/posts/{post}/likes", f"/users/{author.id}/feed", "/bells", "/notifications"]
    return [person.get(path).json() for path in paths]


@pytest.mark.timeout(300)
async def test_every_projection_is_rebuilt_switched_and_rolled_back_and_nobody_notices(
    orders: Orders, ann: Person, ben: Person, people: MakePerson
) -> None:
    fans = [people(f"fan{number}") for number in range(6)]
    ben.post(f"/follow/{ann.id}")
    ben.post(f"/bells/{ann.id}")
    post = await asyncio.to_thread(ann.publish)
    ben.post(f"/posts/{post}/comments", {"text": "well"})
    ben.after(ann)
    watching = Watching(ben, fans, post)
    with watching.all_the_time():
        for name in NAMES:
            verdict = await orders.rebuild(name, asyncio.Event())
            assert verdict is not None
            assert verdict.is_right, verdict.named
            assert await orders.switch(name) == 1
    assert watching.wrong == []
    assert watching.reads > len(NAMES)
    for fan in fans:
        fan.post(f"/likes/{post}")
        ben.after(fan)
    live = {one["name"]: one["version"] for one in await orders.listed() if one["live"]}
    assert live == {**live, **dict.fromkeys(NAMES, 2)}
    rebuilt = everything(ben, ann, post)
    for name in NAMES:
        assert await orders.rollback(name) == 1
    assert everything(ben, ann, post) == rebuilt
    assert (await orders.verify("likes")).is_right
    await orders.drop("likes", 2)
    assert [one["version"] for one in await orders.listed() if one["name"] == "likes"] == [1]
    for name in set(NAMES) - {"likes"}:
        await orders.state.change(partial(without, name))
    assert everything(ben, ann, post) == rebuilt


async def test_what_is_new_to_the_site_is_served_once_whoever_feeds_it_has_caught_up(
    orders: Orders, ann: Person
) -> None:
    await orders.state.change(lambda state: state.met({"notifications": 1}))
    async with asyncio.timeout(patient(30)):
        while (await orders.state.fresh()).state.arriving:
            pass
        while (answer := await asyncio.to_thread(ann.get, "/notifications")).status_code != 200:
            assert (answer.status_code, answer.json()["code"]) == (503, "not_yet_visible")


def without(name: str, state: SiteState) -> SiteState:
    """For those who use the server after this: one version of each, as they found it."""
    return state.with_versions(name, state.of(name).dropped(2))
