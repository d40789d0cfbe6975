"""`photolog log` beside a running cluster site: with the brokers alone it reads everything, and it makes nothing."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from infra.kafka.admin import administering
from infra.kafka.connection import KafkaConnection
from infra.local.demo.client import Client
from infra.local.site import PHOTOLOG
from infra.local.stack.stack import Stack
from tests.integration.history.commands import queried
from tests.integration.importing.running import accounts, follows, written
from tests.integration.importing.test_cluster import imported
from tests.pace import patient
from tests.reference.kafka_log import read_cluster_log
from tests.sites import running_site

PEOPLE, EACH = 30, 3
NOWHERE = {
    "PHOTOLOG_CQL": "127.0.0.1:1",
    "PHOTOLOG_REDIS": "redis://127.0.0.1:1/0",
    "PHOTOLOG_S3_ENDPOINT": "http://127.0.0.1:1",
}
QUERY = "SELECT followee_id, count(*) AS n FROM follow_started GROUP BY ALL ORDER BY ALL"


async def log(environment: Mapping[str, str], *words: str | Path) -> str:
    run = await asyncio.create_subprocess_exec(
        PHOTOLOG, "log", *words, env=dict(environment), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await run.communicate()
    assert run.returncode == 0
    return said.decode()


async def topics(environment: Mapping[str, str]) -> set[str]:
    """Of this site: others come and go on the same broker."""
    async with administering(KafkaConnection(environment["PHOTOLOG_KAFKA"]), "a test") as admin:
        return {name for name in await admin.list_topics() if name.startswith(environment["PHOTOLOG_SITE"])}


@pytest.mark.cluster
async def test_the_log_of_a_live_cluster_is_exported_queried_and_folded_with_nothing_but_the_brokers(
    stack: Stack, tmp_path: Path
) -> None:
    file = written(tmp_path / "all.jsonl", [*accounts(PEOPLE), *follows(PEOPLE, EACH)])
    async with running_site(stack.environment, tmp_path / "site") as site:
        await imported(site, file)
        before, bare = await topics(site.environment), {**site.environment, **NOWHERE}
        bare = {name: value for name, value in bare.items() if not name.startswith("PHOTOLOG_SECRET")}
        await log(bare, "export", "--to", tmp_path / "export")
        held = {event.event_id for event in await read_cluster_log(site.environment)}
        found = queried(f"SELECT event_id FROM '{tmp_path}/export/events/**/*.parquet'")
        assert sorted(row["event_id"] for row in found) == sorted(held)
        live = json.loads(await log(bare, "sql", "--json", QUERY))
        assert [row["n"] for row in live] == [EACH] * PEOPLE
        await log(bare, "as-of", "2100-01-01", "--read-model", "followers", "--to", tmp_path / "followers.parquet")
        assert await topics(site.environment) == before
        await _equals_the_live_table(site.url, pq.read_table(tmp_path / "followers.parquet").to_pylist())
        asking = ["sql", "--json", "SELECT username FROM account_opened ORDER BY 1", "--personal", "--who", "Ada"]
        named = json.loads(await log(site.environment, *asking, "--why", "to see"))
        assert {row["username"] for row in named} == {"first", *(f"person{n}" for n in range(PEOPLE))}
        inquiries = json.loads(await log(bare, "sql", "--json", "SELECT analyst, reason, tables FROM inquiry_made"))
        assert inquiries == [{"analyst": "Ada", "reason": "to see", "tables": ["account_opened"]}]
        assert await topics(site.environment) == before


async def _equals_the_live_table(url: str, rows: list[dict[str, Any]]) -> None:
    """Followers, as the query API shows them."""
    assert len(rows) == PEOPLE * EACH
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http, asyncio.timeout(patient(60)):
        client = Client(http)
        for followee in sorted({row["followee_id"] for row in rows})[:3]:
            expected = {row["follower_id"] for row in rows if row["followee_id"] == followee}
            shown: set[str] = set()
            while shown != expected:
                listed = await client.get(f"/users/{followee}/followers")
                shown = {user["user_id"] for user in listed["users"]}
