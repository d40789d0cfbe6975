"""A rebuild whose process is killed again and again goes on where it was, and ends with the same rows."""

import asyncio
import os
import re
from pathlib import Path

import pytest

from infra.process.settings import Settings
from infra.wiring.operating import Operating, operating
from tests.bench.embedded_reads import filled
from tests.forms import LONG
from tests.processes import PHOTOLOG

LOOK_S = 0.01
EVENTS, KILLS = (12_000, 5) if LONG else (5_000, 2)
NAME, VERSION = "notifications", "notifications@v2"


@pytest.mark.chaos
async def test_a_rebuild_that_is_killed_again_and_again_ends_verified(tmp_path: Path) -> None:
    await filled(tmp_path, EVENTS, seed=1)
    rows = [0]
    async with operating(Settings(data=tmp_path)) as site:
        for _ in range(KILLS):
            process = await _rebuild(tmp_path)
            while await _rows(site) <= rows[-1]:
                assert process.returncode is None, "it was over before it could be killed"
                await asyncio.sleep(LOOK_S)
            process.kill()
            await process.communicate()
            rows.append(await _rows(site))
    assert rows == sorted(set(rows)), "each went on where the one before was"
    process = await _rebuild(tmp_path)
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    assert re.search(r"[1-9][\d,]* rows and [\d,]+ counts compared, 0 differ", out.decode())


async def _rebuild(folder: Path) -> asyncio.subprocess.Process:
    command, out = (str(PHOTOLOG), "projections", "rebuild", NAME), asyncio.subprocess.PIPE
    environment = {**os.environ, "PHOTOLOG_DATA": str(folder)}
    return await asyncio.create_subprocess_exec(*command, stdout=out, stderr=out, env=environment)


async def _rows(site: Operating) -> int:
    """Events whose rows are written."""
    own = await site.stored.positions.progress(VERSION)
    return sum(one.rows for one in own.values())
