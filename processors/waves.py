"""Waves: whatever is asked for while an answer is under way is asked for together, once that has come."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Waves(Generic[T, R]):
    """One question at a time, of all who have come since the last one was put: none is put before they came."""

    def __init__(self, ask: Callable[[Sequence[T]], Awaitable[R]]) -> None:
        self._ask = ask
        self._asked: list[T] = []
        self._under_way: asyncio.Task[R] | None = None
        self._next: asyncio.Task[R] | None = None

    async def __call__(self, asked: Iterable[T]) -> R:
        """The answer to these, and to what others ask in the same wave. Raises what the question raises."""
        if self._next is None or self._next.done():  # cut short before it was put, as at the end of a loop
            self._asked = []
            self._next = asyncio.create_task(self._put_after(self._under_way))
        self._asked += asked
        return await asyncio.shield(self._next)

    async def _put_after(self, earlier: asyncio.Task[R] | None) -> R:
        if earlier is not None and not earlier.done():
            await asyncio.wait([earlier])
        self._under_way, self._next = self._next, None
        asked, self._asked = self._asked, []
        return await self._ask(asked)
