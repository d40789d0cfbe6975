"""Stores for feeds that are made of tables, on both backends; and a small site with people who are nearly popular."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from projections.feed import PROJECTION
from tests.contract.fixtures_read import account as account
from tests.contract.fixtures_read import feeds as feeds
from tests.contract.fixtures_read import read_side as read_side
from tests.contract.fixtures_read import tables as tables
from tests.contract.redis_site import redis_cluster_site as redis_cluster_site
from tests.contract.redis_site import redis_nodes_of_the_session as redis_nodes_of_the_session
from tests.contract.redis_site import redis_of_the_session as redis_of_the_session
from tests.contract.redis_site import redis_site as redis_site
from tests.integration.feeds.celebrity_world import FANS, OTHER, World
from tests.integration.stores import opened_site


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Three fans with feeds. Two of them follow the star and another: one fewer than it takes."""
    with opened_site(tmp_path) as site:
        await site.tables.create(PROJECTION.tables)
        made = World(site, site.feeds)
        for fan in FANS[:-1]:
            await made.follows(fan)
            await made.follows(fan, OTHER)
        for fan in FANS:
            await made.seen(fan)
        yield made
