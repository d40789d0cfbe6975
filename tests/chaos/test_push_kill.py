"""Who pushes is killed under load, over and over, while the gateways fail too: every notification arrives, on every
device of whom it concerns, repeated only around kills; read models that are made anew push nothing.

One kill, twenty with PHOTOLOG_CHAOS=long. PHOTOLOG_CHAOS_SEED repeats a run's choices.
"""

import asyncio
import os
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.callers import caller, callers
from tests.chaos.unlimited import UNLIMITED
from tests.e2e.people import Person
from tests.forms import LONG
from tests.pace import patient
from tests.processes import PHOTOLOG, ServerProcess, running_server
from tests.push import apns, fcm
from tests.push.gateways import Gateways, gateways
from tests.push.said import Answers, Asked, Reply, fine
from tests.reference.log import read_log

KILLS = 20 if LONG else 1
OWNERS, FANS = 2, 6
PUSHED_BETWEEN = 60
"""Requests that gateways get between a start and the kill, at most."""
AROUND_S = 5.0
"""Before a kill: what was acknowledged in that time may come again."""
WITHIN_S = 60.0


@dataclass
class Site:
    """Owners of posts with two phones each, and fans who like these posts for as long as they are told to."""

    server: ServerProcess
    phones: Gateways
    owners: list[Person] = field(default_factory=list)
    fans: list[Person] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)
    killed: list[tuple[float, float]] = field(default_factory=list)
    """When each kill was, and when the server was over."""

    @property
    def pushed(self) -> list[Asked]:
        return [*self.phones.apns.acknowledged, *self.phones.fcm.acknowledged]

    @property
    def asked(self) -> int:
        return len(self.phones.apns.asked) + len(self.phones.fcm.asked)

    def expected(self) -> set[tuple[str, str]]:
        """Event and token, by the log."""
        of = {owner.id: owner for owner in self.owners}
        likes = [event for event in read_log(self.server.data) if event.name == "post.liked"]
        return {(like.event_id, token) for like in likes for token in tokens(of[like.data["author_id"]])}


def tokens(owner: Person) -> tuple[str, str]:
    """Of the owner's phones."""
    return f"f0a1{owner.id[3:]}", f"cK9:{owner.id[3:]}"


@pytest.mark.chaos
@pytest.mark.timeout(60 + 30 * KILLS)
async def test_a_killed_push_worker_and_failing_gateways_lose_no_notification_and_repeat_it_only_around_kills(
    tmp_path: Path,
) -> None:
    seed = int(os.environ.get("PHOTOLOG_CHAOS_SEED") or random.SystemRandom().getrandbits(32))
    print(f"PHOTOLOG_CHAOS_SEED={seed}")
    chance = random.Random(seed)
    with gateways(tmp_path) as phones:
        async with running_server(tmp_path / "data", {**UNLIMITED, **phones.environment}) as server:
            site = Site(server, phones)
            await asyncio.to_thread(settle, site)
            phones.apns.answers, phones.fcm.answers = failing(chance, apple), failing(chance, google)
            async with liking(site, chance):
                for _ in range(KILLS):
                    await kill_once(site, chance)
            phones.apns.answers = phones.fcm.answers = fine
            await everything_pushed(site)
            assert_repeated_only_around_kills(site)
            await rebuild_pushes_nothing(site, ["notifications", "devices"] if LONG else ["notifications"])


def settle(site: Site) -> None:
    """Everybody is there before anything fails."""
    with caller(site.server.url) as http:
        for number in range(OWNERS):
            owner = Person.signed_up(http, f"owner{number}")
            site.owners.append(owner)
            site.posts.append(owner.publish())
            for token, platform in zip(tokens(owner), ("apns", "fcm"), strict=True):
                assert owner.ask("PUT", f"/devices/{token}", json={"platform": platform}).status_code == 204
        site.fans = [Person.signed_up(http, f"fan{number}") for number in range(FANS)]


@asynccontextmanager
async def liking(site: Site, chance: random.Random) -> AsyncIterator[None]:
    """Fans like posts during the block, one after the other, whatever answers they get; every like is an event."""
    over = asyncio.Event()

    async def like(fan: Person, http: httpx.AsyncClient) -> None:
        while not over.is_set():
            with suppress(httpx.TransportError):
                await http.post(f"/likes/{chance.choice(site.posts)}", headers=fan.bearer)
            await asyncio.sleep(0.05)

    async with callers(site.server.url) as http:
        fans = [asyncio.create_task(like(fan, http)) for fan in site.fans]
        try:
            yield
        finally:
            over.set()
            await asyncio.gather(*fans)


async def kill_once(site: Site, chance: random.Random) -> None:
    """In the middle of pushes; and a new start."""
    due = site.asked + chance.randrange(5, PUSHED_BETWEEN)
    async with asyncio.timeout(patient(WITHIN_S)):
        while site.asked < due:  # noqa: ASYNC110 - the gateways are another thread's
            await asyncio.sleep(0.005)
    before = time.monotonic()
    site.server.kill()
    await site.server.ended()
    site.killed.append((before, time.monotonic()))
    await site.server.start()


async def everything_pushed(site: Site) -> None:
    """Waits for it."""
    expected = site.expected()
    assert len(expected) > 10 * KILLS, "too little was pushed: the test proves little"
    async with asyncio.timeout(patient(WITHIN_S)):
        while missing := expected - {(one.event_id, one.token) for one in site.pushed}:
            print(f"{len(missing)} of {len(expected)} are missing")
            await asyncio.sleep(0.5)
    assert {(one.event_id, one.token) for one in site.pushed} == expected


def assert_repeated_only_around_kills(site: Site) -> None:
    repeats = list(repeated(site.pushed))
    print(f"{len(site.pushed)} pushes, {site.asked} requests, {len(site.killed)} kills, {len(repeats)} repeats")
    for first, again in repeats:
        assert any(first <= over and begun <= again and begun - first < AROUND_S for begun, over in site.killed)


def repeated(pushed: list[Asked]) -> Iterator[tuple[float, float]]:
    """When something was acknowledged, and when it was acknowledged again."""
    times = defaultdict(list)
    for one in pushed:
        times[one.event_id, one.token].append(one.at)
    for when in times.values():
        yield from zip(sorted(when), sorted(when)[1:], strict=False)


async def rebuild_pushes_nothing(site: Site, names: list[str]) -> None:
    """Made anew, and switched to; one more like then is pushed once to each phone, and nothing else is."""
    before = len(site.pushed)
    for name in names:
        rebuild = await asyncio.create_subprocess_exec(
            *(PHOTOLOG, "projections", "rebuild", name, "--switch"),
            env={**os.environ, "PHOTOLOG_DATA": str(site.server.data)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(rebuild.communicate(), patient(WITHIN_S))
        assert rebuild.returncode == 0, said.decode()
    async with callers(site.server.url) as http:
        answer = await http.post(f"/likes/{site.posts[0]}", headers=site.fans[0].bearer)
        assert answer.status_code == 200
    await everything_pushed(site)
    assert len(site.pushed) == before + len(tokens(site.owners[0]))


def failing(chance: random.Random, refuse: Callable[[random.Random], Reply]) -> Answers:
    """Three of ten are refused."""
    return lambda _asked: refuse(chance) if chance.random() < 0.3 else Reply()


def apple(chance: random.Random) -> Reply:
    """Any of its ways to fail."""
    return chance.choice(
        [
            apns.refusal(500, "InternalServerError"),
            apns.refusal(503, "ServiceUnavailable", retry_after=chance.choice(["", "", "", "1"])),
            apns.refusal(429, "TooManyRequests", retry_after="1"),
            Reply(502, "no gateway"),
        ]
    )


def google(chance: random.Random) -> Reply:
    """Any of its ways to fail."""
    return chance.choice(
        [
            fcm.refusal(500, "INTERNAL"),
            fcm.refusal(503, "UNAVAILABLE"),
            fcm.refusal(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", retry_after=chance.choice(["", "", "", "1"])),
            fcm.refusal(401, "UNAUTHENTICATED"),
        ]
    )
