"""Media workers, and the object store, are killed while photos are uploaded: each is published or rejected, once, and
nothing is left over.

Short: the embedded server, once. Long (`make chaos`): a cluster's worker 20 times and MinIO 5 times, with a report.
PHOTOLOG_CHAOS_SEED repeats a run's choices; timing stays the machine's.
"""

import asyncio
import json
import os
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from minio import Minio

from infra.directory.objects import DirectoryObjects
from infra.local.demo.client import Client
from infra.local.site import LocalSite
from infra.local.stack.stack import Stack
from infra.minio.site import REGION
from infra.process.clock import wall_clock
from tests.callers import callers
from tests.chaos.report import keep
from tests.chaos.unlimited import UNLIMITED
from tests.chaos.uploading.reckoning import Stored, all_over, expected, tidied
from tests.chaos.uploading.uploader import Names, Uploader
from tests.forms import LONG
from tests.processes import ServerProcess, running_server
from tests.sites import running_site

CLIENTS, PAUSE_S = 5, 0.5
"""Five uploads a second, as far as the machine goes."""
KILLS, MINIO_KILLS = 20, 5
DOWN_S = 2.0
COMMAND = "PHOTOLOG_CHAOS=long .venv/bin/pytest tests/chaos/test_media_kill.py"
TIDY = {"PHOTOLOG_UPLOAD_LONGEST_S": "0", "PHOTOLOG_LEFTOVERS_EVERY_S": "0.5"}
"""Whatever belongs to nobody may go at once: nobody puts anything before it is reserved."""


async def joined(http: httpx.AsyncClient, chance: random.Random, number: int, names: Names) -> Uploader:
    """Somebody new."""
    client = Client(http)
    await client.sign_up(f"uploader{number}", "a long password")
    return Uploader(client, random.Random(f"{chance.random()}/{number}"), names)


async def storm(uploaders: Sequence[Uploader], kills: Callable[[], Awaitable[None]], pause_s: float) -> float:
    """Everybody uploads until the kills are over. When whoever was killed last was there again."""
    over = asyncio.Event()
    async with asyncio.TaskGroup() as around:
        for one in uploaders:
            around.create_task(one.run(over, pause_s))
        try:
            await kills()
        finally:
            over.set()
            recovered = time.monotonic()
    return recovered


def seeded() -> tuple[str, random.Random]:
    """A run's seed, said aloud, and its choices."""
    seed = os.environ.get("PHOTOLOG_CHAOS_SEED") or str(random.SystemRandom().getrandbits(32))
    print(f"PHOTOLOG_CHAOS_SEED={seed}")
    return seed, random.Random(seed)


@pytest.mark.chaos
@pytest.mark.timeout(240)
async def test_a_server_that_is_killed_under_uploads_loses_no_photo_and_leaves_none_behind(tmp_path: Path) -> None:
    _, chance = seeded()
    async with running_server(tmp_path / "data") as server, callers(server.url) as http:
        names = Names()
        uploaders = [await joined(http, chance, number, names) for number in range(2)]

        async def kills() -> None:
            await asyncio.sleep(0.5 + chance.random())
            server.environment |= TIDY
            await killed(server)

        recovered = await storm(uploaders, kills, pause_s=0.5)
        await all_over(uploaders, recovered)
        objects = DirectoryObjects(server.data / "objects", "", b"of no concern here", wall_clock)

        async def stored() -> Stored:
            originals, renditions = await objects.list("uploads/"), await objects.list("m/")
            return Stored({one.key for one in originals}, {one.key for one in renditions if not one.gone})

        await tidied(stored, await expected(uploaders))


async def killed(server: ServerProcess) -> None:
    """And started again."""
    server.kill()
    await server.ended()
    await server.start()


@pytest.mark.skipif(not LONG, reason="its short form is the embedded server's")
@pytest.mark.chaos
@pytest.mark.cluster
@pytest.mark.timeout(900)
async def test_a_worker_killed_20_times_and_a_store_5_times_lose_no_photo_and_leave_none_behind(
    stack_to_break: Stack, tmp_path: Path
) -> None:
    seed, chance = seeded()
    prefix = f"m{int(seed):x}"
    environment = {**stack_to_break.environment, **UNLIMITED, "PHOTOLOG_SITE": prefix}
    async with running_site(environment, tmp_path / "site", awake=False) as site, callers(site.url) as http:
        names = Names()
        uploaders = [await joined(http, chance, number, names) for number in range(CLIENTS)]
        began = time.monotonic()
        recovered = await storm(uploaders, lambda: in_turn(site, stack_to_break, chance), PAUSE_S)
        took = await all_over(uploaders, recovered)
        wanted = await expected(uploaders)
        site.members["worker-1"].environment = {**site.members["worker-1"].environment, **TIDY}
        await worker_killed(site)
        tidy = await tidied(lambda: asyncio.to_thread(listed, stack_to_break, f"{prefix}-photolog"), wanted)
    report = {
        "command": COMMAND,
        "seed": seed,
        "worker_kills": KILLS,
        "minio_kills": MINIO_KILLS,
        **summary(uploaders, recovered - began),
        "all_over_after_recovery_s": took,
        "store_compared_equal_after_s": tidy,
        "originals": len(wanted.originals),
        "renditions": len(wanted.renditions),
    }
    keep(json.dumps(report, indent=2), "media-kill.json")


async def in_turn(site: LocalSite, stack: Stack, chance: random.Random) -> None:
    """The worker, and every fourth time the store besides."""
    for number in range(KILLS):
        await asyncio.sleep(0.5 + 2 * chance.random())
        await worker_killed(site)
        if number % (KILLS // MINIO_KILLS) == 1:
            await asyncio.sleep(chance.random())
            await asyncio.to_thread(stack.kill, "minio")
            await asyncio.sleep(DOWN_S)
            await asyncio.to_thread(stack.up, ["minio"])


async def worker_killed(site: LocalSite) -> None:
    """It is started again at once, and waited for until it answers."""
    worker = site.members["worker-1"]
    assert worker.process is not None
    worker.kill()
    await worker.process.wait()
    await worker.start()
    await worker.ready()


def summary(uploaders: Sequence[Uploader], seconds: float) -> dict[str, Any]:
    """What was uploaded, and how fast."""
    photos = [photo for one in uploaders for photo in one.photos]
    outcomes = {name: sum(one.outcome == name for one in photos) for name in ("published", "rejected", "deleted")}
    rate = round(len(photos) / seconds, 1)
    return {"seconds": round(seconds, 1), "uploads": len(photos), "uploads_per_s": rate, **outcomes}


def listed(stack: Stack, bucket: str) -> Stored:
    """What the store lists. A tombstone has no bytes."""
    environment = stack.environment
    user, address = environment["PHOTOLOG_S3_ADMIN_USER"], httpx.URL(environment["PHOTOLOG_S3_ENDPOINT"])
    password = Path(environment["PHOTOLOG_S3_ADMIN_PASSWORD_FILE"]).read_text().strip()
    store = Minio(f"{address.host}:{address.port}", user, password, secure=False, region=REGION)
    found = [(str(one.object_name), one.size) for one in store.list_objects(bucket, recursive=True)]
    return Stored(
        {key for key, _ in found if key.startswith("uploads/")},
        {key for key, size in found if key.startswith("m/") and size},
    )
