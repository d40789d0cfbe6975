"""A site of a test's own, in a folder of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.stores import Site, opened_site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    with opened_site(tmp_path) as opened:
        yield opened
