"""Log-Position tokens: how clients carry what they have seen. Read and written by every call to the command API."""

from collections.abc import Sequence
from typing import Protocol

from schemas.positions import Position


class PositionTokens(Protocol):
    """The tokens of one process."""

    async def read(self, token: str | None) -> list[Position]:
        """What the caller has seen of this log. Raises BadPosition for what is no token, or names what is not there."""

    async def room(self, seen: Sequence[Position]) -> None:
        """Waits until a token can hold what the caller has seen and what a command adds. Raises NotYetVisible."""

    def write(self, own: Sequence[Position], seen: Sequence[Position]) -> str:
        """The token of an answer: these places, and those of what its caller had seen that are not read models yet."""
