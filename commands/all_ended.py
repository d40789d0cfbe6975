"""Waiting for several things at once, none of which is left behind when another fails."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def all_ended(asked: Iterable[Awaitable[T]]) -> list[T]:
    """All at the same time, and what they return; raises what the first of them has raised, once all have ended."""
    ends = await asyncio.gather(*asked, return_exceptions=True)
    done: list[T] = []
    for end in ends:
        if isinstance(end, BaseException):
            raise end
        done.append(end)
    return done
