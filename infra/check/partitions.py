"""Checks the number of partitions: that the site's row and its topics agree, and that workers and cores find enough."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cassandra import InvalidRequest
from cassandra.cluster import Cluster

from infra.check.findings import Finding, judged
from infra.cql.driver import cluster_of
from infra.cql.errors import translated as from_cql
from infra.kafka.admin import administering
from infra.kafka.topics import log_topics
from infra.process.settings import Settings
from infra.wiring import places
from infra.wiring.subscribers import TOPICS
from projections.site import PARTITIONS

ABOUT = "partitions"


@dataclass(frozen=True)
class Shares:
    """What there is to share out, and among how many."""

    chosen: int | None
    """The site's row; None: there is none yet."""
    topics: Mapping[str, int]
    """Of the log, as the brokers have them."""
    workers: Mapping[str, int]
    """Processes that read for each subscriber now."""
    cores: int
    """Of this machine."""


async def look(settings: Settings) -> Shares:
    """Asks the CQL servers and the brokers. Raises Unavailable."""
    topics = await log_topics(places.kafka(settings), places.prefix(settings))
    return Shares(await _chosen(settings), topics, await _workers(settings), os.cpu_count() or 1)


def judge(settings: Settings, found: Shares) -> list[Finding]:
    """Pure."""
    return list(_judged(settings, found))


async def check(settings: Settings) -> list[Finding]:
    """The findings about partitions. Raises Unavailable."""
    return judge(settings, await look(settings))


def _judged(settings: Settings, found: Shares) -> Iterator[Finding]:
    number = found.chosen
    if number is None:
        yield Finding(ABOUT, "missing", "the site has not chosen yet: its first process does")
        return
    others = [f"{topic} has {count}" for topic, count in found.topics.items() if count != number]
    yield judged(
        ABOUT, not others, f"{number}, as the topics have", f"{number}, but {', '.join(others)}", severity="missing"
    )
    if settings.partitions not in (0, number):
        text = f"PHOTOLOG_PARTITIONS is {settings.partitions}, but the site was made with {number}"
        yield Finding(ABOUT, "missing", text)
    most = max(found.workers.values(), default=0)
    yield judged(
        ABOUT, most <= number, f"{most} workers share {number}", f"{most} workers share {number}: some have nothing"
    )
    few = f"{number} keep no more workers busy, and this machine alone has {found.cores} cores"
    yield judged(ABOUT, number >= found.cores, f"enough for {found.cores} cores here", few)


async def _chosen(settings: Settings) -> int | None:
    cluster = cluster_of(places.cql_servers(settings))
    try:
        return await asyncio.to_thread(_row, cluster, places.keyspace(settings).name)
    except InvalidRequest:  # no such keyspace, or no such table: nothing was ever started
        return None
    except Exception as error:
        raise from_cql(error) from error
    finally:
        await asyncio.to_thread(cluster.shutdown)


def _row(cluster: Cluster, keyspace: str) -> int | None:
    read = f"SELECT content FROM {keyspace}.site_rows WHERE name = %s"
    rows = cluster.connect().execute(read, (PARTITIONS,)).all()
    return int(rows[0]["content"]) if rows else None


async def _workers(settings: Settings) -> dict[str, int]:
    groups = {f"{places.prefix(settings)}photolog-{subscriber}": subscriber for subscriber in TOPICS}
    async with administering(places.kafka(settings), "checking") as admin:
        # One at a time: aiokafka misreads an answer about several.
        answers = [(await admin.describe_consumer_groups([name]))[0] for name in groups]
    described = [group for answer in answers for group in answer.groups]
    return {groups[name]: len(members) for _code, name, _state, _type, _protocol, members in described}
