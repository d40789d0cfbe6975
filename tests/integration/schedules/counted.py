"""A port that counts what it is asked and how many rows it answers. For tests of what something costs."""

from collections import Counter
from collections.abc import Awaitable, Callable
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
