"""An embedded object store with nothing in it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.objects.directory_store import DirectoryStore


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DirectoryStore]:
    store = DirectoryStore(tmp_path / "objects")
    async with store.client:
        yield store
