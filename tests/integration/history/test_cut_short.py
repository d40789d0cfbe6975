"""An export that is killed or stopped goes on where it was: nothing is doubled, nothing is missing."""

import asyncio
import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from events.codec import encode
from events.envelope import Event, Recorded
from events.likes import PostLiked
from infra.local.site import PHOTOLOG
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.log import SqliteLog
from schemas.ids import AccountId, PostId
from tests.integration.handlers import row_of
from tests.integration.history.commands import queried
from tests.integration.history.story import said
from tests.pace import patient
from tests.partitions import PARTITIONS
from tests.processes import send

LIKES, AGAIN = 12_000, 600
SEGMENT_BYTES = 100_000
LOOK_S = 0.002
WITHIN_S = 60.0


def likes() -> Iterator[Recorded[Event]]:
    """On several days."""
    for n in range(LIKES):
        post, account = PostId(f"po_{n % 50}"), AccountId(f"ac_{n}")
        yield said(n % 3, PostLiked(post_id=post, account_id=account, author_id=None), f"like/{post}/{account}", 1)


async def filled(data: Path) -> set[str]:
    """A log of likes, the last of which are in it twice; their ids."""
    database = SqliteDatabase(data / "log.sqlite", "NORMAL")
    log = SqliteLog(database, PARTITIONS)
    told = [row_of(one, encode(one, {})) for one in likes()]
    await log.append([*told, *told[-AGAIN:]])
    database.close()
    return {row.event_id for row in told}


def so_far(folder: Path) -> tuple[int, bool]:
    """How many segments there are, and whether that is all."""
    file = folder / "manifest.json"
    said: dict[str, Any] = json.loads(file.read_bytes()) if file.exists() else {"segments": [], "complete": False}
    return len(said["segments"]), said["complete"]


async def cut_short(export: asyncio.subprocess.Process, folder: Path, number: int) -> int | None:
    """Sends the signal once a segment more is there; the exit code."""
    before, _ = so_far(folder)
    while so_far(folder)[0] == before and export.returncode is None:  # noqa: ASYNC110 - another process tells nobody
        await asyncio.sleep(LOOK_S)
    send(export, number)
    return await export.wait()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
async def test_what_was_cut_short_goes_on_without_a_doubled_or_missing_row(
    tmp_path: Path, number: int, code: int
) -> None:
    data, folder = tmp_path / "site", tmp_path / "export"
    ids = await filled(data)
    settings = {"PHOTOLOG_DATA": str(data), "PHOTOLOG_EXPORT_BYTES": str(SEGMENT_BYTES)}

    async def run() -> Any:
        return await asyncio.create_subprocess_exec(PHOTOLOG, "log", "export", "--to", folder, env=settings)

    cut = 0
    async with asyncio.timeout(patient(WITHIN_S)):
        for _ in range(2):
            ended = await cut_short(await run(), folder, number)
            _, complete = so_far(folder)
            assert complete or ended == code
            cut += not complete
    assert cut
    last = await run()
    assert await last.wait() == 0
    for table in ("events", "post_liked"):
        found = queried(f"SELECT event_id FROM '{folder}/{table}/**/*.parquet'")
        assert len(found) == LIKES
        assert {row["event_id"] for row in found} == ids
