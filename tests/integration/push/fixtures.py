"""A town for all tests of a module: its people and tokens have other names in each (town.py)."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.integration.push.town import Town, town
from tests.push.gateways import Gateways, gateways


@pytest.fixture(scope="module")
def phones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateways]:
    with gateways(tmp_path_factory.mktemp("gateways")) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(phones: Gateways, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        async with town(tmp_path_factory.mktemp("town") / "data", phones, monkeypatch) as opened:
            yield opened
