"""Photos are uploaded in parts over a line that is cut again and again, by a client that is killed twice: they are
there byte for byte, and no part was sent again that had been acknowledged.

Short: two photos to the embedded server. Long (`make chaos`): 60 MB and a cut every 3 s, to the embedded server and to
a cluster, where parts go straight to MinIO; with a report each. PHOTOLOG_CHAOS_SEED repeats a run's choices.
"""

import asyncio
import json
import os
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from infra.directory.objects import DirectoryObjects
from infra.local.demo.client import Client, Upload
from infra.local.site import LocalSite
from infra.local.stack.stack import Stack
from infra.process.clock import wall_clock
from schemas.ids import PostId
from schemas.objects import upload_key
from tests.callers import callers
from tests.chaos.pictures import large
from tests.chaos.report import keep
from tests.chaos.test_media_kill import seeded
from tests.chaos.unlimited import UNLIMITED
from tests.chaos.uploading.line import Line, slow_line
from tests.chaos.uploading.phone import Phone, Run, Said
from tests.forms import LONG
from tests.pace import patient
from tests.ports import free_ports
from tests.processes import ServerProcess
from tests.s3_bucket import as_root
from tests.stack import bring_up, servers_of_the_run

PHOTOS, PHOTO_BYTES, PART_BYTES = (3, 20_000_000, 5_242_880) if LONG else (2, 10_900_000, 5_242_880)
EVERY_S, DOWN_S, PAUSE_S = (3.0, 0.2, 1.0) if LONG else (1.0, 0.1, 0.2)
KILOBYTES_A_SECOND = 5_000 if LONG else 15_000
"""A part takes a second, or a third of one."""
MOST_PARTS = 2 if LONG else 1
"""That get through before a client is killed: two lives must not be enough for all."""
COMMAND = "PHOTOLOG_CHAOS=long .venv/bin/pytest tests/chaos/test_upload_line.py"
USERNAME, PASSWORD = "phone", "a long password"
LIVES = 3

Original = Callable[[str], Awaitable[bytes]]
"""What the store has, by its key."""


@pytest.mark.chaos
@pytest.mark.cluster
@pytest.mark.timeout(300)
async def test_photos_come_to_an_embedded_server_over_a_line_that_breaks(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    proxies = await asyncio.to_thread(servers_of_the_run, request.config, "toxiproxy")
    server = ServerProcess(tmp_path / "data")
    objects = DirectoryObjects(server.data / "objects", "", b"of no concern here", wall_clock)

    async def original(key: str) -> bytes:
        await objects.download(key, tmp_path / "original")
        return await asyncio.to_thread((tmp_path / "original").read_bytes)

    try:
        async with slow_line(proxies.servers["toxiproxy"].url, [_place(server.url)], KILOBYTES_A_SECOND) as line:
            way = f"http://{line.places[0]}"
            server.environment["PHOTOLOG_PUBLIC_URL"] = way
            await server.start()
            await uploaded("embedded", line, way, server.url, original, tmp_path)
    finally:
        await server.clear()


@pytest.mark.skipif(not LONG, reason="its short form is the embedded server's")
@pytest.mark.chaos
@pytest.mark.cluster
@pytest.mark.timeout(600)
async def test_photos_come_to_a_cluster_over_a_line_that_breaks(stack: Stack, tmp_path: Path) -> None:
    await asyncio.to_thread(bring_up, stack, "toxiproxy")
    (port,), prefix = free_ports(1), f"l{random.SystemRandom().getrandbits(32):x}"
    store = stack.environment["PHOTOLOG_S3_ENDPOINT"]

    async def original(key: str) -> bytes:
        return await asyncio.to_thread(_in_bucket, stack, f"{prefix}-photolog", key)

    servers = [f"127.0.0.1:{port}", _place(store)]
    async with slow_line(stack.servers["toxiproxy"].url, servers, KILOBYTES_A_SECOND) as line:
        api, uploads = (f"http://{place}" for place in line.places)
        own = {"PHOTOLOG_SITE": prefix, "PHOTOLOG_S3_PUBLIC_ENDPOINT": uploads}
        site = LocalSite(tmp_path / "site", {**stack.environment, **UNLIMITED, **own}, port=port, draw_ports=free_ports)
        try:
            await site.start()
            await uploaded("cluster", line, api, site.url, original, tmp_path)
        finally:
            await site.stop()


async def uploaded(backend: str, line: Line, way: str, direct: str, original: Original, folder: Path) -> None:
    """The whole of it. `way`: where the client goes; `direct`: the same place beside the line."""
    seed, chance = seeded()
    photos = [folder / f"photo-{number}.jpg" for number in range(PHOTOS)]
    for number, photo in enumerate(photos):
        photo.write_bytes(large(PHOTO_BYTES + number))
    async with callers(direct) as http:
        account = Client(http)
        await account.sign_up(USERNAME, PASSWORD)
        began = time.monotonic()
        cutting = asyncio.create_task(line.cut_again_and_again(EVERY_S, DOWN_S))
        try:
            lives = await killed_twice(Phone(way, USERNAME, PASSWORD, PAUSE_S, photos), chance)
        finally:
            cutting.cancel()
            await asyncio.gather(cutting, return_exceptions=True)
        took = time.monotonic() - began
        judge(line, lives)
        for name, post in lives[-1].posts().items():
            assert await original(upload_key(PostId(post))) == (folder / name).read_bytes(), f"{name} is another"
            await account.wait_published(Upload(post, f"/posts/{post}/status", 0), within=patient(60))
    assert len(lives[-1].posts()) == PHOTOS
    if LONG:
        keep(json.dumps(report(backend, seed, line, lives, took), indent=2), f"upload-line-{backend}.json")


async def killed_twice(phone: Phone, chance: random.Random) -> list[Run]:
    """In the middle of a part, each time after at least one got through."""
    lives: list[Run] = []
    for _ in range(LIVES - 1):
        after_parts, after_s = chance.randint(1, MOST_PARTS), chance.uniform(0, PART_BYTES / KILOBYTES_A_SECOND / 1000)
        lives.append(await phone.run(_in_a_part(after_parts, after_s)))
        assert lives[-1].was_killed, lives[-1]
    lives.append(await phone.run(lambda _said: None))
    assert lives[-1].code == 0, lives[-1]
    return lives


def _in_a_part(after_parts: int, after_s: float) -> Callable[[Sequence[Said]], float | None]:
    def dies(said: Sequence[Said]) -> float | None:
        sent = sum(line[0] == "sent" for line in said)
        return after_s if said[-1][0] == "sends" and sent >= after_parts else None

    return dies


def judge(line: Line, lives: Sequence[Run]) -> None:
    """By what the store heard, and by what the client says itself."""
    assert line.cuts
    assert line.heard.again == [], "sent again after the store had acknowledged it"
    got: set[tuple[str, int]] = set()
    for life in lives:
        for what, part in life.parts():
            assert part not in got, f"{part} {what} again"
            if what == "sent":
                got.add(part)
    parts = PHOTOS * -(-PHOTO_BYTES // PART_BYTES)
    assert len(set(line.heard.begun)) == parts
    if LONG:  # a slow machine may be cut between parts alone, twice in a row
        assert len(line.heard.begun) > parts, "no part was ever lost: nothing was shown"


def report(backend: str, seed: str, line: Line, lives: Sequence[Run], took: float) -> dict[str, object]:
    """What was done, and what it cost."""
    return {
        "command": COMMAND,
        "seed": seed,
        "backend": backend,
        "bytes": sum(PHOTO_BYTES + number for number in range(PHOTOS)),
        "photos": PHOTOS,
        "part_bytes": PART_BYTES,
        "line": {"cut_every_s": EVERY_S, "down_s": DOWN_S, "kilobytes_a_second": KILOBYTES_A_SECOND},
        "seconds": round(took, 1),
        "cuts": line.cuts,
        "client_killed": sum(life.was_killed for life in lives),
        "parts": len(set(line.heard.begun)),
        "parts_begun": len(line.heard.begun),
        "parts_sent_again_after_an_acknowledgement": len(line.heard.again),
        "byte_for_byte": True,
        "load_1_5_15_min": os.getloadavg(),
    }


def _place(url: str) -> str:
    return urlsplit(url).netloc


def _in_bucket(stack: Stack, bucket: str, key: str) -> bytes:
    answer = as_root(stack).get_object(bucket, key)
    try:
        content: bytes = answer.read()
        return content
    finally:
        answer.close()
        answer.release_conn()
