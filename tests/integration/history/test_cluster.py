"""`photolog log` beside a running cluster site: with the brokers alone it reads everything, and it makes nothing."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import RecordsToDelete

from infra.kafka.admin import administering
from infra.kafka.connection import KafkaConnection
from infra.kafka.topics import log_topics
from infra.local.demo.client import Client
from infra.local.site import PHOTOLOG
from infra.local.stack.stack import Stack
from schemas.positions import FOLLOWS
from tests.callers import callers
from tests.integration.history.commands import queried
from tests.integration.importing.running import accounts, follows, imported, written
from tests.pace import patient
from tests.photolog_here import photolog_beside
from tests.reference.kafka_log import read_cluster_log
from tests.sites import running_site

PEOPLE, EACH = 30, 3
NOWHERE = {
    "PHOTOLOG_CQL": "127.0.0.1:1",
    "PHOTOLOG_REDIS": "redis://127.0.0.1:1/0",
    "PHOTOLOG_S3_ENDPOINT": "http://127.0.0.1:1",
}
LOOKS = 5
BY_RANK = "SELECT surface, rank, count(*) AS n FROM views GROUP BY ALL ORDER BY ALL"
QUERY = "SELECT followee_id, count(*) AS n FROM follow_started GROUP BY ALL ORDER BY ALL"


async def asked(environment: Mapping[str, str], *words: str | Path) -> str:
    """What the command answers, in this process."""
    done = await photolog_beside(environment, "log", *words)
    assert done.exit_code == 0, done.output
    return done.stdout


async def photolog(environment: Mapping[str, str], *words: str | Path, status: int = 0) -> str:
    """The same of one that hears signals, as a process of its own."""
    run = await asyncio.create_subprocess_exec(PHOTOLOG, *words, env=dict(environment), stdout=asyncio.subprocess.PIPE)
    said, _ = await run.communicate()
    assert run.returncode == status
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
        await _look_at(site.url)
        before, bare = await topics(site.environment), {**site.environment, **NOWHERE}
        bare = {name: value for name, value in bare.items() if not name.startswith("PHOTOLOG_SECRET")}
        await photolog(bare, "log", "export", "--to", tmp_path / "export")
        held = {event.event_id for event in await read_cluster_log(site.environment)}
        found = queried(f"SELECT event_id FROM '{tmp_path}/export/events/**/*.parquet'")
        assert sorted(row["event_id"] for row in found) == sorted(held)
        live = json.loads(await asked(bare, "sql", "--json", QUERY))
        seen = json.loads(await asked(bare, "sql", "--json", BY_RANK))
        assert seen == json.loads(await asked(bare, "sql", "--json", BY_RANK, "--over", tmp_path / "export"))
        assert seen == [{"surface": "feed", "rank": rank, "n": 1} for rank in range(LOOKS)]
        assert [row["n"] for row in live] == [EACH] * PEOPLE
        await asked(bare, "as-of", "2100-01-01", "--read-model", "followers", "--to", tmp_path / "followers.parquet")
        assert await topics(site.environment) == before
        await _equals_the_live_table(site.url, pq.read_table(tmp_path / "followers.parquet").to_pylist())
        asking = ["sql", "--json", "SELECT username FROM account_opened ORDER BY 1", "--personal", "--who", "Ada"]
        named = json.loads(await asked(site.environment, *asking, "--why", "to see"))
        assert {row["username"] for row in named} == {"first", *(f"person{n}" for n in range(PEOPLE))}
        inquiries = json.loads(await asked(bare, "sql", "--json", "SELECT analyst, reason, tables FROM inquiry_made"))
        assert inquiries == [{"analyst": "Ada", "reason": "to see", "tables": ["account_opened"]}]
        assert await topics(site.environment) == before
        await _archive_and_log_are_the_log(site.environment, live, tmp_path)


async def _look_at(url: str) -> None:
    """Somebody sees a post, some places down the feed each time."""
    async with callers(url) as http:
        reader = Client(http)
        await reader.log_in("first", "a long password")
        for rank in range(LOOKS):
            view = {"post_id": "po_00000000000", "surface": "feed", "rank": rank, "dwell_ms": 700}
            await reader.post("/views", [view])


async def _archive_and_log_are_the_log(environment: Mapping[str, str], live: Any, folder: Path) -> None:
    """Sealed in the object store, compared with the log, and read when the brokers have it no more."""
    sealed = json.loads(await photolog(environment, "log", "archive", "--json", "--before", "2100-01-01"))
    assert sealed["complete"]
    assert sealed["events"] >= PEOPLE * (EACH + 1)
    assert json.loads(await photolog(environment, "log", "archive", "--json", "--verify")) == sealed
    place = f"s3://{environment['PHOTOLOG_SITE']}-photolog/exports/all"
    await photolog(environment, "log", "export", "--to", place)
    assert json.loads(await asked(environment, "sql", "--json", "--over", place, QUERY)) == live
    await _begins_late(environment)
    assert await photolog({**environment}, "log", "export", "--to", folder / "late", status=1) == ""
    assert json.loads(await asked(environment, "sql", "--json", "--archive", QUERY)) == live
    await photolog(environment, "projections", "rebuild", "feed", "--archive")


async def _begins_late(environment: Mapping[str, str]) -> None:
    """The brokers forget all but the last of every partition of follows."""
    connection = KafkaConnection(environment["PHOTOLOG_KAFKA"])
    topic = f"{environment['PHOTOLOG_SITE']}.{FOLLOWS}"
    number = (await log_topics(connection, f"{environment['PHOTOLOG_SITE']}."))[topic]
    consumer = AIOKafkaConsumer(**connection.arguments)
    await consumer.start()
    ends = await consumer.end_offsets([TopicPartition(topic, one) for one in range(number)])
    await consumer.stop()
    gone = {place: RecordsToDelete(before_offset=end - 1) for place, end in ends.items() if end > 1}
    assert gone
    async with administering(connection, "a test") as admin:
        await admin.delete_records(gone)


async def _equals_the_live_table(url: str, rows: list[dict[str, Any]]) -> None:
    """Followers, as the query API shows them."""
    assert len(rows) == PEOPLE * EACH
    async with callers(url) as http, asyncio.timeout(patient(60)):
        client = Client(http)
        for followee in sorted({row["followee_id"] for row in rows})[:3]:
            expected = {row["follower_id"] for row in rows if row["followee_id"] == followee}
            shown: set[str] = set()
            while shown != expected:
                listed = await client.get(f"/users/{followee}/followers")
                shown = {user["user_id"] for user in listed["users"]}
