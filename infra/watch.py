"""How far projections are, as a process knows it: one watcher looks for all who wait. For adapters of Positions."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from projections.ports import Progress
from schemas.positions import Partition, Position

Part = tuple[Partition, str]
"""A partition and a field of the progress in it: `rows` or `finished`."""


@dataclass(eq=False)
class _Waiter:
    """Somebody who waits until these projections are above these offsets."""

    awaited: Mapping[str, Mapping[Part, int]]
    until: float
    outcome: "asyncio.Future[bool]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Watch:
    """Looks while anybody waits: as soon as somebody comes, and whenever something may have moved; one look at a time.

    So however many requests wait, and for whatever, the store is asked as often as for one.
    """

    def __init__(
        self,
        topics: Mapping[str, Sequence[str]],
        look: Callable[[str], Awaitable[Mapping[Partition, Progress]]],
        moved: Callable[[], Awaitable[None]],
    ) -> None:
        """`topics`: by projection id, what it reads. `look` reads its progress. `moved` returns soon in any case."""
        self._topics = topics
        self._look = look
        self._moved = moved
        self._known: dict[str, dict[Partition, Progress]] = {}
        self._waiters: set[_Waiter] = set()
        self._came = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    def known(self, projection: str) -> Mapping[Partition, Progress]:
        """What was seen so far: it may be behind, and is never ahead."""
        return self._known.get(projection, {})

    async def wait(
        self, projections: Sequence[str], positions: Sequence[Position], timeout: float, finished: Sequence[Position]
    ) -> bool:
        """See the port. Raises what a look raises."""
        until = asyncio.get_running_loop().time() + timeout
        waiter = _Waiter(self._awaited(projections, {"rows": positions, "finished": finished}), until)
        if self._reached(waiter):
            return True
        self._waiters.add(waiter)
        self._came.set()
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch())
        try:
            return await waiter.outcome
        finally:
            self._waiters.discard(waiter)

    async def _watch(self) -> None:
        while self._waiters:
            self._came.clear()
            asking = list(self._waiters)
            try:
                await self._see({projection for waiter in asking for projection in waiter.awaited})
            except Exception as error:  # noqa: BLE001 - it is theirs who asked
                for waiter in asking:
                    self._settle(waiter, error)
            self._tell(asking)
            if self._waiters:
                await self._until_worth_a_look()

    async def _see(self, projections: Iterable[str]) -> None:
        names = list(projections)
        for name, progress in zip(names, await asyncio.gather(*map(self._look, names)), strict=True):
            known = self._known.setdefault(name, {})
            known.update({place: _later(one, known.get(place, one)) for place, one in progress.items()})

    def _tell(self, asking: Iterable[_Waiter]) -> None:
        now = asyncio.get_running_loop().time()
        for waiter in asking:
            if self._reached(waiter):
                self._settle(waiter, True)
            elif now >= waiter.until:
                self._settle(waiter, False)

    def _settle(self, waiter: _Waiter, outcome: bool | Exception) -> None:
        self._waiters.discard(waiter)
        if waiter.outcome.done():
            return
        if isinstance(outcome, Exception):
            waiter.outcome.set_exception(outcome)
        else:
            waiter.outcome.set_result(outcome)

    async def _until_worth_a_look(self) -> None:
        waits = [asyncio.ensure_future(self._moved()), asyncio.ensure_future(self._came.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*waits, return_exceptions=True)

    def _reached(self, waiter: _Waiter) -> bool:
        return all(
            place in known and getattr(known[place], part) > offset
            for projection, parts in waiter.awaited.items()
            for known in [self.known(projection)]
            for (place, part), offset in parts.items()
        )

    def _awaited(
        self, projections: Sequence[str], wanted: Mapping[str, Sequence[Position]]
    ) -> dict[str, dict[Part, int]]:
        awaited: dict[str, dict[Part, int]] = {}
        for projection in projections:
            for part, positions in wanted.items():
                for position in positions:
                    if position.topic in self._topics[projection]:
                        parts = awaited.setdefault(projection, {})
                        key = (Partition.of(position), part)
                        parts[key] = max(position.offset, parts.get(key, 0))
        return awaited


class Watched(ABC):
    """What is the same in every adapter of Positions: an adapter reads progress, and knows when a look is worth it."""

    def __init__(self, topics: Mapping[str, Sequence[str]]) -> None:
        """`topics`: by projection id, what the projection reads."""
        self._watch = Watch(topics, self.progress, self.moved)

    @abstractmethod
    async def progress(self, subscriber: str) -> dict[Partition, Progress]:
        """See the port."""

    @abstractmethod
    async def moved(self) -> None:
        """Returns once something may have moved, and soon in any case."""

    async def next_offsets(self, projection: str) -> dict[Partition, int]:
        """See the port."""
        return {partition: progress.rows for partition, progress in (await self.progress(projection)).items()}

    def known(self, projection: str) -> Mapping[Partition, Progress]:
        """See the port."""
        return self._watch.known(projection)

    async def wait(
        self,
        projections: Sequence[str],
        positions: Sequence[Position],
        timeout: float,
        finished: Sequence[Position] = (),
    ) -> bool:
        """See the port. While anybody waits, there is one look after the other."""
        return await self._watch.wait(projections, positions, timeout, finished)


def _later(one: Progress, other: Progress) -> Progress:
    """Progress only moves forward, whatever an old replica says."""
    last = max(one, other, key=lambda progress: progress.rows)
    return last._replace(finished=max(one.finished, other.finished))
