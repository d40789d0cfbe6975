"""One cluster site for all modules here: it has a cheap class, and media are read from an edge that a test runs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from infra.local.site import LocalSite
from infra.local.stack.stack import Stack
from tests.e2e.edges.settings import COLD, behind
from tests.edge import edge_place
from tests.sites import running_site
from tests.stack import on_cluster


@dataclass(frozen=True)
class EdgedSite:
    """The site, its servers, and where its edge is to be: host and port."""

    stack: Stack
    site: LocalSite
    place: str


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def edged_site(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EdgedSite]:
    place = edge_place()
    async with running_site({**stack.environment, **COLD, **behind(place)}, tmp_path_factory.mktemp("edged")) as site:
        yield EdgedSite(stack, site, place)


@pytest.fixture(params=["embedded", on_cluster("cluster")])
def edged(request: pytest.FixtureRequest) -> EdgedSite | None:
    """None: a test has an embedded server of its own."""
    return request.getfixturevalue("edged_site") if request.param == "cluster" else None
