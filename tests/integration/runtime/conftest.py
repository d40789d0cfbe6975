"""A site on which events go wrong."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.runtime.letters import SUBSCRIBERS, Bench
from tests.integration.stores import open_site


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    site = open_site(tmp_path, SUBSCRIBERS)
    bench = Bench(site)
    await bench.begin()
    yield bench
    site.views.close()
    site.truth.close()
