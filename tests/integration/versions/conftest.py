"""A data folder with a past, and orders for a site whose server does not run."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from events.codec import encode
from infra.process.settings import Settings
from infra.versions.orders import Orders
from infra.wiring.operating import operating
from projections.likes import PROJECTION
from tests.integration.handlers import row_of
from tests.integration.stores import NO_KEY, open_site
from tests.integration.versions.likers import likes
from tests.integration.versions.releases import append, passed, served, the_release_before


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A data folder as the release before has left it, with likes in its log and in its tables."""
    settings = Settings(data=tmp_path, canary_every_s=0)
    open_site(tmp_path)
    with the_release_before():
        async with served(settings), operating(settings) as site:
            places = await append(site, *range(60))
            await passed(site, PROJECTION.id, places)
    return tmp_path


@pytest.fixture
async def orders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Orders]:
    """Of a site with likes in its log, whose server does not run."""
    monkeypatch.setattr("infra.versions.kept.QUIET_S", 0.0)
    for module in ("kept", "orders"):
        monkeypatch.setattr(f"infra.versions.{module}.LEASE_S", 0.0)
    settings = Settings(data=tmp_path)
    open_site(tmp_path)
    async with operating(settings) as site:
        await site.write.log.append([row_of(event, encode(event, NO_KEY)) for event in likes()])
        yield Orders.of(site, settings, print)
