"""The end of the embedded platform: nothing that it started goes on behind it, however soon it comes."""

import asyncio
from pathlib import Path

from infra.process.settings import Settings
from infra.wiring.embedded import embedded


async def test_nothing_that_the_platform_started_outlives_it_however_soon_it_ends(tmp_path: Path) -> None:
    """Its feeding had begun drivers and not run itself yet: they went on over files that were closed."""
    before = asyncio.all_tasks()
    async with embedded(Settings(data=tmp_path, ops_port=0)):
        pass
    assert {str(task.get_coro()) for task in asyncio.all_tasks() - before} == set()
