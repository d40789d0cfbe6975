"""A real server that clients are tried against, for a module at a time."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.processes import ServerProcess, running_server
from tests.push.gateways import Gateways, gateways


@pytest.fixture(scope="module")
def phones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateways]:
    """Where the server pushes to."""
    with gateways(tmp_path_factory.mktemp("gateways")) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory, phones: Gateways) -> AsyncIterator[ServerProcess]:
    """An embedded server with nothing on it."""
    async with running_server(tmp_path_factory.mktemp("clients") / "data", phones.environment) as server:
        yield server


@pytest.fixture(scope="module")
def server_url(server: ServerProcess) -> str:
    return server.url
