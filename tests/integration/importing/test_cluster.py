"""`photolog import` beside a running cluster site: who is added shows there, and an import said again adds nothing."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher

from infra.local.demo.client import Client
from infra.local.site import PHOTOLOG, LocalSite
from infra.local.stack.stack import Stack
from tests.integration.importing.running import accounts, follows, written
from tests.integration.importing.test_import import PASSWORD, WITHIN_S, followed
from tests.pace import patient
from tests.sites import running_site

PEOPLE, EACH = 40, 4


async def imported(site: LocalSite, file: Path) -> Any:
    """The summary of a run that refused nothing."""
    run = await asyncio.create_subprocess_exec(
        PHOTOLOG, "import", "--json", file, env=site.environment, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await run.communicate()
    assert run.returncode == 0
    return json.loads(said)


@pytest.mark.cluster
async def test_an_import_beside_a_live_site_shows_there_and_adds_nothing_twice(stack: Stack, tmp_path: Path) -> None:
    people = accounts(PEOPLE)
    people[1]["password_hash"] = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(PASSWORD)
    file = written(tmp_path / "all.jsonl", [*people, *follows(PEOPLE, EACH)])
    async with running_site(stack.environment, tmp_path / "site") as site:
        first, again = await imported(site, file), await imported(site, file)
        assert (first["added"], first["events"]) == (PEOPLE * (1 + EACH), PEOPLE * (2 + EACH))
        assert (again["added"], again["known"], again["events"]) == (0, PEOPLE * (1 + EACH), 0)
        async with httpx.AsyncClient(base_url=site.url, trust_env=False) as http, asyncio.timeout(patient(WITHIN_S)):
            client = Client(http)
            await client.log_in("person1", PASSWORD)
            assert (await followed(client, "person3", by=EACH))["followed_by_viewer"] is True
