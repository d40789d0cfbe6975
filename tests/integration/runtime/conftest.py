"""A site on which events go wrong."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.runtime.letters import Bench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with Bench.on_a_site(tmp_path) as bench:
        yield bench
