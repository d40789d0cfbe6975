"""A site of a test's own, in a folder of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.stores import Site, open_site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    opened = open_site(tmp_path)
    yield opened
    opened.views.close()
    opened.truth.close()
