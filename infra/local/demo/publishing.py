"""Publishing one photo of the demo, and how long it takes until its author and a follower see it."""

import asyncio
import time
from collections.abc import Awaitable
from typing import Any

from infra.local.demo import uploads
from infra.local.demo.client import NotPublished, Upload
from infra.local.demo.report import Timing
from infra.local.demo.script import Shot, witness
from infra.local.demo.stage import Published, Stage

SIZES = ("thumbnail", "feed", "full")
WITHIN_S = 60.0
POLL_S = 0.1
"""How often a follower's feed is asked for the post that it waits for."""


async def publish(stage: Stage, shot: Shot) -> Published:
    """The post: found in the author's grid, taken up where an earlier run was interrupted, or uploaded."""
    client = stage.clients[shot.author]
    grid = await client.every(f"/users/{client.account_id}/feed", "posts")
    post_id = next((card["post_id"] for card in grid if card["caption"] == shot.caption), None)
    if post_id is None:
        stage.announce(f"{shot.author} posts {shot.photo.name}: {shot.caption}")
        reservation = await uploads.reserve(client, shot.photo, **shot.details)
        post_id = reservation["post_id"]
        if (await client.get(f"/posts/{post_id}/status"))["status"] == "pending":
            await _measure(stage, shot, await uploads.resume(client, shot.photo, reservation))
    status = await client.wait_published(Upload(post_id, f"/posts/{post_id}/status", time.perf_counter()), WITHIN_S)
    return Published(post_id, status["published_at"], tuple(status["urls"][size] for size in SIZES))


async def _measure(stage: Stage, shot: Shot, upload: Upload) -> None:
    async def clocked(wait: Awaitable[Any]) -> float:
        await wait
        return (time.perf_counter() - upload.accepted) * 1000

    async with asyncio.TaskGroup() as group:
        published = group.create_task(clocked(stage.clients[shot.author].wait_published(upload, WITHIN_S)))
        in_feed = group.create_task(clocked(_reach_feed(stage, witness(shot.author), upload.post_id)))
    stage.summary.timings.append(Timing(shot.photo.name, published.result(), in_feed.result()))


async def _reach_feed(stage: Stage, person: str, post_id: str) -> None:
    """Asks without a position, as any follower does, until the post is on the feed's first page."""
    deadline = time.monotonic() + WITHIN_S
    while True:
        page = await stage.clients[person].get("/feed", fresh=False)
        if any(card["post_id"] == post_id for card in page["posts"]):
            return
        if time.monotonic() > deadline:
            raise NotPublished(f"{post_id} is not in the feed of {person} within {WITHIN_S:.0f} s")
        await asyncio.sleep(POLL_S)
