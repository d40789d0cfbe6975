"""Copies of rows are over where another epoch is read than before: another version is live, and they are of another."""

import asyncio
from collections.abc import Callable

from infra.process.site_state import SharedState
from infra.sqlite.caches import SqliteCaches
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.relations import SqliteRelations

OVER = ("DELETE FROM feeds", "DELETE FROM caches")


async def forget_copies(views: SqliteDatabase) -> None:
    """Removes feeds and cached rows; who reads makes them anew."""
    async with views.together():
        for statement in OVER:
            await views.write(statement)


def copies_over(
    state: SharedState, views: SqliteDatabase, caches: SqliteCaches, relations: SqliteRelations
) -> Callable[[], None]:
    """What is to hear of each state that is read."""
    known: int | None = None
    under_way: set[asyncio.Task[None]] = set()

    async def forget() -> None:
        await forget_copies(views)
        caches.forget()
        relations.forget()

    def heard() -> None:
        nonlocal known
        assert state.held is not None
        epoch, before = state.held.state.epoch, known
        known = epoch
        if before is not None and epoch != before:
            task = asyncio.get_running_loop().create_task(forget())
            under_way.add(task)
            task.add_done_callback(under_way.discard)

    return heard
