"""What runs beside a process's main task for as long as it does: a process must not outlive it, and look alive."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from commands.invariants import BROKEN

logger = logging.getLogger("photolog.process")


@asynccontextmanager
async def beside(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs these during the block, and cancels them at its end. Each has begun by then, and so gives up what it holds.
    One that ends by itself takes the process along: others must not go on as if nothing had happened."""
    running = [asyncio.create_task(one) for one in work]
    for one, task in zip(work, running, strict=True):
        task.add_done_callback(partial(_never_ends, getattr(one, "__qualname__", "a task")))
    try:
        await asyncio.sleep(0)
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _never_ends(what: str, task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        logger.critical("%s has ended, and the process with it", what, exc_info=task.exception())
        os._exit(BROKEN)
