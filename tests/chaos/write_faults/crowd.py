"""The load: clients that send commands without end, to any of several command APIs, and retry or give up at random."""

import asyncio
import math
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import httpx

from tests.chaos.choices import Makers, next_command
from tests.chaos.wire import Answer, Attempt, Wire
from tests.chaos.world import World
from tests.chaos.write_faults.sent import Sent
from tests.pace import patient

TIMEOUTS_S = (1.5, 4.0, 16.0)
"""How long a client waits, drawn for each attempt. The longest is above what any answer may take."""
ABANDONED = 0.5
"""How many of the interrupted commands nobody sends again."""
AWAY_S, AGAIN_S = 0.1, 0.5
"""Before the next attempt when nobody listens, and after one that was interrupted."""
CALM_S = 1.0
"""What a client waits between two commands while something starts: on a small machine both want the processor."""
RETRIED_AT_ONCE = 40
"""What more is to be retried waits: an outage must not end in a flood."""
FINAL_WITHIN_S = 120.0
QUIET_WITHIN_S = 40.0


@dataclass
class Crowd:
    """Everybody who sends. `fault` names what is being done to the site, for the record."""

    world: World
    wires: Mapping[str, Wire]
    """By command API."""
    seed: str
    sent: list[Sent] = field(default_factory=list)
    fault: str = ""
    acknowledged: int = 0
    _under_way: set[Sent] = field(default_factory=set)
    _newest: dict[str, float] = field(default_factory=dict)
    """By command API, when the newest of the commands that it has acknowledged was first sent."""
    _calm: bool = False
    _ends: float = math.inf
    """When everybody has stopped, and whatever is still retried must soon be answered; by time.monotonic()."""
    _open: asyncio.Event = field(default_factory=asyncio.Event)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(RETRIED_AT_ONCE))
    _retries: asyncio.TaskGroup = field(default_factory=asyncio.TaskGroup)

    def in_flight(self, *apis: str) -> list[Sent]:
        """Commands that one of these command APIs (any, without names) has now."""
        return [one for one in self._under_way if not apis or one.at in apis]

    async def run(self, clients: Sequence[tuple[str, Makers]], meanwhile: Callable[[], Awaitable[None]]) -> None:
        """Loads the site while `meanwhile` lasts; then what is still retried is seen through."""
        self._open.set()
        async with self._retries as tasks:
            for number, (actor, makers) in enumerate(clients):
                tasks.create_task(self._client(actor, makers, random.Random(f"{self.seed}/client {number}")))
            try:
                await meanwhile()
            finally:
                self._ends = time.monotonic()
                self._open.set()

    async def until(self, holds: Callable[[], bool], within: float) -> None:
        """Waits until something holds that only answers change. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while not holds():
                await self._changed.wait()

    async def served(self, apis: Sequence[str], since: float, within: float) -> float:
        """Waits until each of these has acknowledged a command that was sent since then; the seconds that this took."""

        await self.until(lambda: all(self._newest.get(api, 0) > since for api in apis), within)
        return time.monotonic() - since

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Nothing is sent during the block, and nothing that was sent is still waited for."""
        self._open.clear()
        try:
            await self.until(lambda: not self.in_flight(), patient(QUIET_WITHIN_S))
            yield
        finally:
            self._open.set()

    @contextmanager
    def calm(self) -> Iterator[None]:
        """Less is sent during the block, though never nothing."""
        self._calm = True
        try:
            yield
        finally:
            self._calm = False

    async def _client(self, actor: str, makers: Makers, chance: random.Random) -> None:
        while math.isinf(self._ends):
            await self._open.wait()
            await asyncio.sleep(CALM_S if self._calm else 0)
            one = Sent(next_command(self.world, actor, chance, makers), time.monotonic())
            self.sent.append(one)
            await self._send(one, chance, until_interrupted=True)
            if not one.over and chance.random() < ABANDONED:
                one.abandoned = True
            elif not one.over:
                self._retries.create_task(self._retry(one, random.Random(chance.getrandbits(64))))

    async def _retry(self, one: Sent, chance: random.Random) -> None:
        """Beside what the client does next: an interrupted command's key may be leased for a while."""
        one.retried = True
        async with self._turns:
            await self._send(one, chance)

    async def _send(self, one: Sent, chance: random.Random, *, until_interrupted: bool = False) -> None:
        """As often as it takes."""
        while True:
            pause = await self._attempt(one, chance)
            if one.over or (until_interrupted and one.interrupted):
                return
            assert time.monotonic() < self._ends + patient(FINAL_WITHIN_S), f"{one} has no final answer"
            await asyncio.sleep(pause)

    async def _attempt(self, one: Sent, chance: random.Random) -> float:
        """Sends it once; in how many seconds to send it again, if it is not over."""
        await self._open.wait()
        one.at = chance.choice(list(self.wires))
        self._under_way.add(one)
        try:
            answer = await self.wires[one.at].send(one.command, timeout=chance.choice(TIMEOUTS_S))
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return AWAY_S  # never sent
        except httpx.TransportError as error:
            return self._interrupted(one, type(error).__name__)
        else:
            return self._heard(one, answer)
        finally:
            one.at = ""
            self._under_way.discard(one)
            self._changed.set()
            self._changed = asyncio.Event()

    def _heard(self, one: Sent, answer: Answer) -> float:
        if answer.final or answer.status == 429:  # too many of a kind: it had no effect, and is not wanted any more
            one.answer, one.answered_by, one.ended = answer, one.at, time.monotonic()
            self.world.learn(Attempt(one.command, answer))
            if one.done:
                self.acknowledged += 1
                self._newest[one.at] = max(one.began, self._newest.get(one.at, 0))
            return 0
        assert answer.status in (409, 503), f"{one} was answered {answer.status} {answer.body!r}"
        assert answer.retry_after, f"{one} was answered {answer.status} and not told when to come back"
        if answer.status == 503:
            return self._interrupted(one, str(answer.json["code"]))
        return answer.retry_after

    def _interrupted(self, one: Sent, by: str) -> float:
        one.fault = one.fault or self.fault
        one.lost[by] += 1
        return AGAIN_S
