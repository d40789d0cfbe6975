"""CqlTransactions: the Transactions port of a backend without transactions. The write side is right without them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class CqlTransactions:
    """Every write stands alone, in the order in which it was made."""

    binds = False

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """Does nothing."""
        yield
