"""Ports that count what they are asked, and how many rows they answer. For tests of what something costs."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any


class CountedPort:
    """Passes everything on to an adapter."""

    def __init__(self, adapter: Any, asked: Counter[str], rows: Counter[str]) -> None:
        self._adapter, self._asked, self._rows = adapter, asked, rows

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        async def counted(*given: Any, **named: Any) -> Any:
            answer = await getattr(self._adapter, method)(*given, **named)
            self._asked[method] += 1
            self._rows[method] += len(answer) if isinstance(answer, list) else 0
            return answer

        return counted


class CachesCounted:
    """Counts what caches are asked for; leases are the adapter's."""

    def __init__(self, caches: Any, asked: Counter[str]) -> None:
        self.fill, self.drop = caches.fill, caches.drop
        self._caches, self._asked = caches, asked

    async def get(self, keys: Sequence[str], ttl_s: int) -> Any:
        self._asked["caches"] += 1
        return await self._caches.get(keys, ttl_s)
