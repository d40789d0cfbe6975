"""Followees: how many accounts one follows, and on how many one has a bell. Asked by what is refused above a limit."""

from typing import Protocol

from schemas.ids import AccountId


class Followees(Protocol):
    """A count of edges, each of which is a stream of its own."""

    async def count(self, account: AccountId) -> int:
        """As many as the read models have seen. What was recorded since is missing: nothing may rest on the limit
        being exact, and no reader's memory or time on more than that it is seldom far above it."""

    async def bells(self, account: AccountId) -> int:
        """On how many of them it has a bell, likewise."""
