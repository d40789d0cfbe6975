"""What a like and an edit cost on a post with 100,000 events, beside one with 10, on both backends.

    .venv/bin/python -m tests.bench.long_streams [EVENTS [ROUNDS]]

The events are put straight into ledger and log. Both posts take turns, like by like; medians count. Aim: at most 1.5.
"""

import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from commands.aggregate import Command
from commands.handling import Cause, Handler
from commands.likes import LikePost, UnlikePost
from commands.post_commands import EditPost, post_stream
from infra.http.server import run
from infra.local.stack.stack import Stack
from infra.process.environment import load_settings
from infra.sqlite.announcements import SqliteAnnouncements
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.ledger import SqliteLedger
from infra.sqlite.log import SqliteLog
from infra.sqlite.vault import SqliteVault
from infra.wiring import assembly
from infra.wiring.cluster import connected
from schemas.ids import CommandId, PostId
from tests.bench.reports import report
from tests.bench.write.ways import an_account
from tests.integration.handlers import a_handler
from tests.integration.long_posts import long_post
from tests.partitions import PARTITIONS
from tests.stack import stack_in

SHORT, LONG, ROUNDS, SEED = 10, 100_000, 300, 9

Process = Callable[[], Handler]
"""Starts a handler that remembers nothing."""


@asynccontextmanager
async def on_embedded(folder: Path) -> AsyncIterator[Process]:
    """The write side of a data folder, with its real durability."""
    truth = SqliteDatabase(folder / "log.sqlite", "FULL")
    ledger, log, vault = SqliteLedger(truth), SqliteLog(truth, PARTITIONS), SqliteVault(truth, bytes(32))
    yield lambda: a_handler(ledger, log, SqliteAnnouncements(truth), vault, truth, uuid.uuid4().hex)
    truth.close()


@asynccontextmanager
async def on_cluster(stack: Stack) -> AsyncIterator[Process]:
    """A site of its own on the stack's servers, without its workers."""
    os.environ.update(stack.environment, PHOTOLOG_SITE=f"b{uuid.uuid4().hex[:12]}")
    async with connected(load_settings()) as cluster:
        yield lambda: assembly.handler(cluster.write)


async def measured(process: Process, events: int, rounds: int) -> dict[str, Any]:
    """Medians in ms: of a process that has just started, of one that has not, and of edits."""
    handler, draw = process(), random.Random(SEED)
    author = await an_account(handler, 0)
    posts, found = [], dict[str, Any]()
    for name, length in (("short", SHORT), ("long", events)):
        post = PostId(f"po_{await handler.ids.digits()}")
        await long_post(handler.ledger, handler.streams.log, handler.sealing.vault, author, post, length)
        began = time.perf_counter()
        await handler.states.look(post_stream(post))
        found[f"first_look_{name}_ms"] = round((time.perf_counter() - began) * 1e3, 1)
        posts.append(post)

    async def like(handler: Handler, post: PostId) -> None:
        command = draw.choice((LikePost, UnlikePost))
        await done(handler, command(author, post))

    async def edit(handler: Handler, post: PostId) -> None:
        await done(handler, EditPost(author, post, {"caption": f"{draw.random()}"}))

    cold = rounds // 3
    found["like"] = await compared(posts, lambda post: like(handler, post), rounds)
    found["like_of_a_new_process"] = await compared(posts, lambda post: like(process(), post), cold)
    found["edit"] = await compared(posts, lambda post: edit(handler, post), cold)
    return found


async def done(handler: Handler, command: Command) -> None:
    """One command of its own."""
    command_id = CommandId(f"cm_{await handler.ids.digits()}")
    await handler.handle(command, Cause(command_id, command_id))


async def compared(posts: list[PostId], work: Callable[[PostId], Awaitable[None]], rounds: int) -> dict[str, float]:
    """Both posts, in turns."""
    took: dict[PostId, list[float]] = {post: [] for post in posts}
    for _ in range(rounds):
        for post in posts:
            began = time.perf_counter()
            await work(post)
            took[post].append((time.perf_counter() - began) * 1e3)
    short, long = (statistics.median(took[post]) for post in posts)
    return {"short_ms": round(short, 3), "long_ms": round(long, 3), "ratio": round(long / short, 2)}


async def both(folder: Path, events: int, rounds: int) -> dict[str, Any]:
    """Embedded first, then the cluster on a stack of its own."""
    async with on_embedded(folder) as process:
        embedded = await measured(process, events, rounds)
    sys.stderr.write(f"embedded {embedded}\n")
    stack = stack_in(folder / "stack")
    await asyncio.to_thread(stack.up)
    try:
        async with on_cluster(stack) as process:
            return {"embedded": embedded, "cluster": await measured(process, events, rounds)}
    finally:
        await asyncio.to_thread(stack.down)


def main() -> None:
    given = [int(one) for one in sys.argv[1:]]
    events, rounds = (*given, *(LONG, ROUNDS)[len(given) :])
    with tempfile.TemporaryDirectory() as folder:
        found = run(both(Path(folder), events, rounds))
    setup = {"seed": SEED, "events_short": SHORT, "events_long": events, "rounds": rounds, "servers": "one node each"}
    report("long-streams", f"python -m tests.bench.long_streams {events} {rounds}", found, setup)


if __name__ == "__main__":
    main()
