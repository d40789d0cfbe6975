"""A real server that clients are tried against, for a module at a time."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.processes import running_server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """An embedded server with nothing on it."""
    async with running_server(tmp_path_factory.mktemp("clients") / "data") as server:
        yield server.url
