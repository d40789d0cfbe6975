"""A cluster site's processes start and stop as they are told to, at any moment of their start."""

from pathlib import Path

import pytest

from infra.local.stack.stack import Stack
from tests.forms import LONG
from tests.sites import running_site

pytestmark = [pytest.mark.cluster, pytest.mark.chaos]


@pytest.mark.skipif(not LONG, reason="its short form is every test that starts a site: each looks at how it ends")
async def test_a_site_that_is_told_to_stop_once_it_is_ready_ends_well(stack: Stack, tmp_path: Path) -> None:
    async with running_site(stack.environment, tmp_path, awake=False) as site:
        assert set(site.members) == {"command-api-1", "query-api-1", "worker-1", "gateway"}
