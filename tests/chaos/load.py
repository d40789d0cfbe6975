"""The load: several clients at once, each one account, each one command after the other, out of one budget."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from tests.chaos.choices import PASSWORD, Ask, command, follow, next_command, reserve, sign_up
from tests.chaos.pictures import picture
from tests.chaos.wire import Attempt, Command, Wire
from tests.chaos.world import Photo, World
from tests.forms import LONG
from tests.pace import patient
from tests.reference.history import Acknowledged

CLIENTS = 8
COMMANDS = 300 if LONG else 120
FIRST_POSTS = 2 if LONG else 1
STATUS_WITHIN_S = 60.0
FINAL = {"published", "rejected", "deleted"}


@dataclass
class Load:
    """One round of commands. `on_acknowledged` is called with the number of commands acknowledged so far."""

    world: World
    wire: Wire
    seed: str
    on_acknowledged: Callable[[int], None] = lambda _number: None
    left: int = COMMANDS
    acknowledged: int = 0
    pause_s: float = 0
    """Between the beginnings of two commands, whoever's; 0: none."""
    may_end: Callable[[], bool] = lambda: True
    """Whether the load may end when its budget is spent."""
    look_back: Callable[[Attempt], Awaitable[None]] | None = None
    """What a careful client does with a done command before it goes on, and before others hear of it."""
    careful: int = 0
    """How many of the clients are."""
    _next: float = 0

    async def run(self) -> list[Attempt]:
        """Runs until the budget is spent or the server is gone. The attempts of this run."""
        before = len(self.world.attempts)
        async with asyncio.TaskGroup() as clients:
            for number, actor in enumerate(self.world.actors):
                chance = random.Random(f"{self.seed}/{number}")
                clients.create_task(self._client(actor, chance, careful=number < self.careful))
        return self.world.attempts[before:]

    async def _client(self, actor: str, chance: random.Random, careful: bool) -> None:
        while self.left > 0 or not self.may_end():
            self.left -= 1
            await self._turn()
            attempt = await self._perform(next_command(self.world, actor, chance))
            if careful and self.look_back and attempt.answer and attempt.answer.done:
                await self.look_back(attempt)
            self.world.learn(attempt)
            if not attempt.acknowledged:
                return
            self.acknowledged += 1
            self.on_acknowledged(self.acknowledged)

    async def _turn(self) -> None:
        now = asyncio.get_running_loop().time()
        begin = max(now, self._next)
        self._next = begin + self.pause_s
        if begin > now:
            await asyncio.sleep(begin - now)

    async def _perform(self, chosen: Command) -> Attempt:
        try:
            if chosen.kind == "complete":
                photo = self.world.photos[chosen.path.split("/")[2]]
                await self.wire.put(photo.reservation, picture(photo.picture))
            await self._look(chosen.actor)
        except httpx.TransportError:
            return Attempt(chosen, None, httpx.ConnectError)  # the command itself was never sent
        return await self.wire.attempt(chosen)

    async def _look(self, actor: str) -> None:
        """Asks once after the first post that is not yet known to be published: likes and comments wait for that."""
        for photo in self.world.photos_of(actor, "completed")[:1]:
            await look_at(self.world, self.wire, photo)


async def settle_in(
    world: World, wire: Wire, seed: str, clients: int = CLIENTS, first_posts: int = FIRST_POSTS
) -> None:
    """Everybody signs up, follows somebody and publishes a little: so that there is something to act on."""
    chance = random.Random(f"{seed}/first")
    for _ in range(clients):
        account = (await _done(world, wire, "sign_up", "", sign_up(world, "", chance), chance))["account_id"]
        await wire.log_in(account, world.usernames[account], PASSWORD)
        world.actors.append(account)
    for actor in world.actors:
        await _done(world, wire, "follow", actor, follow(world, actor, chance), chance)
        for _ in range(first_posts):
            asked = reserve(world, actor, chance)
            assert asked is not None
            await _done(world, wire, "reserve", actor, asked, chance)
    for photo in list(world.photos.values()):
        await wire.put(photo.reservation, picture(photo.picture))
        finish = Ask("POST", f"/posts/{photo.post_id}/complete", {})
        await _done(world, wire, "complete", photo.author, finish, chance)
    for photo in list(world.photos.values()):
        assert await wait_until_final(world, wire, photo) == "published"


async def look_at(world: World, wire: Wire, photo: Photo) -> tuple[str, float]:
    """The post's status, and in how many seconds to ask again. What it says is kept."""
    path = f"/posts/{photo.post_id}/status"
    answer = await wire.get(path, photo.author)
    if answer.status == 404:  # nothing says that the read models have got to the reservation
        return "unknown", 0.2
    assert answer.status == 200, f"{path} answered {answer.status} {answer.body!r}"
    status = str(answer.json["status"])
    if status == "published":
        world.seen.append(Acknowledged(photo.author, "GET", path, 200, answer.json))
    if status in ("published", "rejected") and photo.state != "deleted":
        photo.state = "published" if status == "published" else "rejected"
    return status, answer.retry_after or 0.2


async def wait_until_final(world: World, wire: Wire, photo: Photo) -> str:
    """Asks as often as the server likes until the post is published, rejected or deleted."""
    async with asyncio.timeout(patient(STATUS_WITHIN_S)):
        while True:
            status, pause = await look_at(world, wire, photo)
            if status in FINAL:
                return status
            await asyncio.sleep(pause)


async def _done(world: World, wire: Wire, kind: str, actor: str, ask: Ask, chance: random.Random) -> dict[str, Any]:
    attempt = await wire.attempt(command(kind, actor, ask, chance))
    world.learn(attempt)
    assert attempt.answer is not None, f"{kind}: {attempt.fault}"
    assert attempt.answer.done or kind == "follow", f"{kind} was answered {attempt.answer}"
    return attempt.answer.json
