"""Makes the topics exist, or says what is wrong with those that do. Run when a cluster is set up or started."""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from commands.ports.views import KEPT_MS
from events.topics import SINGLE, partitions_of
from infra.kafka.admin import LOOK_S, administering
from infra.kafka.connection import DEADLINE_S, KafkaConnection
from schemas.positions import TOPICS

UPLOADS = "photolog.uploads"
"""Notifications of the object store, keyed by object. A setting of the store names it, so no site's prefix does."""

VIEWS = "photolog.views"
"""Who has seen what: for analysts alone, and no part of the log."""

MADE_BY_ANY = {UPLOADS}
"""Sites of one object store share it, each with its own number of partitions: nothing rests on an order in it."""

FOR_EVER = {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}
"""The log is the truth: nothing in it expires or is compacted."""

FOR_A_WHILE = {**FOR_EVER, "retention.ms": str(KEPT_MS)}

EXISTS = 36


def topics_of(partitions: int) -> dict[str, int]:
    """Every topic of a site, with how many partitions it has when the log has so many."""
    return {**{topic: partitions_of(topic, partitions) for topic in TOPICS}, UPLOADS: partitions, VIEWS: partitions}


def on_brokers(topic: str, prefix: str) -> str:
    """What a topic is called there."""
    return topic if topic == UPLOADS else prefix + topic


def kept(topic: str, prefix: str) -> Mapping[str, str]:
    """How long a topic keeps what is in it, by its name on the brokers."""
    return FOR_A_WHILE if topic == on_brokers(VIEWS, prefix) else FOR_EVER


class TopicsUnusable(Exception):
    """The topics on the brokers are not what the log needs; says which and why."""


async def ensure_topics(
    connection: KafkaConnection,
    replication: int,
    min_insync: int,
    topics: Mapping[str, int],
    prefix: str = "",
) -> None:
    """Creates the topics that are missing and checks the others. Safe to repeat, and from several processes.

    Raises TopicsUnusable, or Unavailable.
    """
    # The time of a record is the broker's: when the log took it.
    config = {"min.insync.replicas": str(min_insync), "message.timestamp.type": "LogAppendTime"}
    wanted = {on_brokers(topic, prefix): count for topic, count in topics.items()}
    async with administering(connection, "creating topics") as admin:
        made = await admin.create_topics(
            [
                NewTopic(name, partitions, replication, topic_configs={**kept(name, prefix), **config})
                for name, partitions in wanted.items()
            ]
        )
        existing = _existing(made.topic_errors)
        faults = await _faults(admin, {name: wanted[name] for name in existing}, prefix) if existing else []
    if faults:
        raise TopicsUnusable("; ".join(faults))


async def log_topics(connection: KafkaConnection, prefix: str = "") -> dict[str, int]:
    """Topics of the log that have as many partitions as the site has chosen, by their names on the brokers, with
    that number; those that do not exist are left out. Raises Unavailable."""
    async with administering(connection, "looking at topics") as admin:
        existing = set(await admin.list_topics())
        chosen = [on_brokers(topic, prefix) for topic in TOPICS if topic not in SINGLE]
        names = [name for name in chosen if name in existing]
        described = await _described(admin, names) if names else []
    return {topic["topic"]: len(topic["partitions"]) for topic in described}


def _existing(errors: list[tuple[Any, ...]]) -> list[str]:
    """Those that were there before. Raises TopicsUnusable for those that could not be made."""
    refused = [
        f"{name}: {for_code(code).__name__} {reason or ''}".strip()
        for name, code, reason in errors
        if code not in (0, EXISTS)
    ]
    if refused:
        raise TopicsUnusable("; ".join(refused))
    return [name for name, code, _ in errors if code == EXISTS]


async def _described(admin: AIOKafkaAdminClient, names: list[str]) -> list[dict[str, Any]]:
    """What brokers know of topics that exist: one that was made a moment ago has no partitions yet, to some of them."""
    loop = asyncio.get_running_loop()
    end = loop.time() + DEADLINE_S
    while True:
        topics: list[dict[str, Any]] = await admin.describe_topics(names)
        if all(topic["partitions"] for topic in topics) or loop.time() > end:
            return topics
        await asyncio.sleep(LOOK_S)


async def _faults(admin: AIOKafkaAdminClient, wanted: Mapping[str, int], prefix: str) -> list[str]:
    """What is wrong with these topics, in words."""
    faults = []
    for topic in await _described(admin, list(wanted)):
        name, found = topic["topic"], len(topic["partitions"])
        if found != wanted[name] and name not in MADE_BY_ANY:
            faults.append(f"{name} has {found} partitions and needs {wanted[name]}: keys would change their partition")
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, dict.fromkeys(FOR_EVER)) for name in wanted]
    for response in await admin.describe_configs(resources):
        for *_, name, entries in response.resources:
            found_config = {entry[0]: entry[1] for entry in entries}
            faults += [
                f"{name} has {key}={found_config.get(key)} and needs {value}: its history would be lost"
                for key, value in kept(name, prefix).items()
                if found_config.get(key) != value
            ]
    return faults
