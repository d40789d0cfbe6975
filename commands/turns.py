"""Turns: within one process, commands about one stream are decided one after the other.

Only saves work: they would otherwise conflict in the ledger and start over, as those of several processes do.
"""

import asyncio
from contextlib import AbstractAsyncContextManager
from weakref import WeakValueDictionary


class Turns:
    """A lock a stream, for as long as somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def at(self, stream: str) -> AbstractAsyncContextManager[None]:
        """Waits until nobody else in this process decides about the stream; first come, first served."""
        lock = self._locks.get(stream)
        if lock is None:
            lock = self._locks[stream] = asyncio.Lock()
        return lock
