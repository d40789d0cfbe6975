"""`photolog import` beside a running cluster site: who is added shows there, and an import said again adds nothing."""

import asyncio
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from infra.local.demo.client import Client
from infra.local.site import LocalSite
from tests.callers import callers
from tests.integration.importing.running import accounts, follows, imported, written
from tests.integration.importing.test_import import PASSWORD, WITHIN_S, followed
from tests.pace import patient

PEOPLE, EACH = 40, 4


@pytest.mark.cluster
async def test_an_import_beside_a_live_site_shows_there_and_adds_nothing_twice(
    shared_cluster: LocalSite, tmp_path: Path
) -> None:
    people = accounts(PEOPLE)
    people[1]["password_hash"] = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(PASSWORD)
    file = written(tmp_path / "all.jsonl", [*people, *follows(PEOPLE, EACH)])
    first, again = await imported(shared_cluster, file), await imported(shared_cluster, file)
    assert (first["added"], first["events"]) == (PEOPLE * (1 + EACH), PEOPLE * (2 + EACH))
    assert (again["added"], again["known"], again["events"]) == (0, PEOPLE * (1 + EACH), 0)
    async with (
        callers(shared_cluster.url) as http,
        asyncio.timeout(patient(WITHIN_S)),
    ):
        client = Client(http)
        await client.log_in("person1", PASSWORD)
        assert (await followed(client, "person3", by=EACH))["followed_by_viewer"] is True
