"""What befalls a process at each step that it takes on a store: it waits, dies, or loses an answer. For tests.

A store is the real adapter behind `Faulty`, which shows every call to the process's `Fate` before it is made.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from schemas.errors import Unavailable
from tests.pace import until


class Killed(BaseException):
    """The process died here. Nothing of ours may swallow this."""


class Call:
    """A call that a process is about to make."""

    def __init__(self, fate: "Fate", on_the_wire: Callable[[], Awaitable[Any]]) -> None:
        self._fate = fate
        self.on_the_wire = on_the_wire
        """Makes it, whether or not its sender is still there: a network does not know."""

    async def __call__(self) -> Any:
        """Makes it, if its process is alive."""
        self._fate.check()
        return await self.on_the_wire()


Fault = Callable[["Fate", Call], Awaitable[Any]]
"""What becomes of one call."""


class Gate:
    """A pause that a test ends: `reached` is set once somebody waits there."""

    def __init__(self) -> None:
        self.reached, self.opened = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> None:
        self.reached.set()
        await self.opened.wait()

    def open(self) -> None:
        """Lets whoever waits go on."""
        self.opened.set()


class Fate:
    """What is to befall one process. Once dead it does nothing more: every further call raises Killed."""

    def __init__(self) -> None:
        self.dead = False
        self.taken: list[str] = []
        """The steps so far, by the names of the ports' methods."""
        self.usual: Callable[[str], Fault] = lambda _step: as_ever
        self.landings: list[asyncio.Task[Any]] = []
        """Writes that land later than their process thinks."""
        self.under_way = 0
        """Calls that have begun and not ended."""
        self.within: ContextVar[int] = ContextVar("within", default=0)
        """How many of those the call at hand is within, itself counted: a port may call another."""
        self._planned: dict[str, deque[Fault]] = defaultdict(deque)

    def at(self, step: str, *faults: Fault) -> "Fate":
        """The next calls of this step meet these faults, one each."""
        self._planned[step].extend(faults)
        return self

    def kill(self) -> None:
        """From now on."""
        self.dead = True

    async def meet(self, step: str, real: Callable[[], Awaitable[Any]]) -> Any:
        """One call of a store."""
        self.check()
        self.taken.append(step)
        planned = self._planned[step]
        self.under_way += 1
        outer = self.within.set(self.within.get() + 1)
        try:
            answer = await (planned.popleft() if planned else self.usual(step))(self, Call(self, real))
        finally:
            self.within.reset(outer)
            self.under_way -= 1
        self.check()
        return answer

    async def alone(self) -> None:
        """Waits, within a call, until none but those that it is within are under way."""
        await until(lambda: self.under_way == self.within.get())

    async def landed(self) -> None:
        """Waits until every late write is there, or refused."""
        await asyncio.gather(*self.landings, return_exceptions=True)

    def check(self) -> None:
        """Raises Killed once the process is dead."""
        if self.dead:
            raise Killed


class Faulty:
    """A port whose every call meets a fate, and every call of a port that it has."""

    def __init__(self, real: Any, fate: Fate) -> None:
        self._real, self._fate = real, fate

    def __getattr__(self, step: str) -> Any:
        real = getattr(self._real, step)
        if not callable(real):
            return Faulty(real, self._fate)
        return lambda *given, **named: self._fate.meet(step, lambda: real(*given, **named))


async def as_ever(_fate: Fate, call: Call) -> Any:
    return await call()


async def dies_before(fate: Fate, _call: Call) -> Any:
    fate.kill()
    raise Killed


async def dies_after(fate: Fate, call: Call) -> Any:
    await call()
    fate.kill()
    raise Killed


async def is_refused(_fate: Fate, _call: Call) -> Any:
    """The store is away, and nothing comes of it."""
    raise Unavailable("a test has it so")


async def loses_the_answer(_fate: Fate, call: Call) -> Any:
    """The write lands, and its process does not learn so."""
    await call()
    raise Unavailable("a test has it so")


def pauses_before(gate: Gate) -> Fault:
    async def fault(_fate: Fate, call: Call) -> Any:
        await gate()
        return await call()

    return fault


def pauses_after(gate: Gate) -> Fault:
    async def fault(_fate: Fate, call: Call) -> Any:
        answer = await call()
        await gate()
        return answer

    return fault


def lands_later(gate: Callable[[], Awaitable[None]], dies: bool = False) -> Fault:
    """The process is told at once that the write timed out, or dies; the write is still under way and lands."""

    async def fault(fate: Fate, call: Call) -> Any:
        async def landing() -> Any:
            await gate()
            return await call.on_the_wire()

        fate.landings.append(asyncio.create_task(landing()))
        if dies:
            fate.kill()
            raise Killed
        raise Unavailable("a test has it so")

    return fault
