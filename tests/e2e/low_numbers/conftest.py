"""One site of each backend for all modules here: whoever tests brings accounts of its own."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio

from infra.local.stack.stack import Stack
from tests.callers import caller
from tests.e2e.low_numbers.sites import SETTINGS, LowSite
from tests.processes import running_server
from tests.sites import running_site


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def low_embedded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LowSite]:
    async with running_server(tmp_path_factory.mktemp("low") / "data", SETTINGS) as server:
        yield LowSite(server.url, {"PHOTOLOG_DATA": str(server.data)})


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def low_cluster(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LowSite]:
    async with running_site({**stack.environment, **SETTINGS}, tmp_path_factory.mktemp("low")) as site:
        yield LowSite(site.url, site.members["worker-1"].environment)


@pytest.fixture
def site(backend: str, request: pytest.FixtureRequest) -> LowSite:
    found: LowSite = request.getfixturevalue(f"low_{backend}")
    return found


@pytest.fixture
def http(site: LowSite) -> Iterator[httpx.Client]:
    with caller(site.url) as client:
        yield client
