"""Checks Kafka: that the topics are there and keep everything, on enough brokers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from infra.check.findings import COPIES, IN_SYNC, Finding, guarded, judged
from infra.kafka.errors import translated
from infra.kafka.topics import FOR_EVER, kept, on_brokers, topics_of
from infra.process.settings import Settings
from infra.wiring import places

ABOUT = "kafka"
IN_SYNC_KEY, AUTO_CREATE = "min.insync.replicas", "auto.create.topics.enable"


@dataclass(frozen=True)
class Topic:
    """A topic as the brokers have it; `copies` of the partition that has fewest."""

    partitions: int
    copies: int
    config: Mapping[str, str]


@dataclass(frozen=True)
class Kafka:
    """What the brokers say. `creates`: whether any of them makes topics that are asked for; None: it does not tell."""

    topics: Mapping[str, Topic]
    creates: bool | None


async def look(settings: Settings) -> Kafka:
    """Asks the brokers. Raises Unavailable."""
    with translated("checking"):
        admin = AIOKafkaAdminClient(**places.kafka(settings).arguments)
        try:
            await admin.start()
            described = {topic["topic"]: topic for topic in await admin.describe_topics()}
            names = [name for name in wanted(settings) if name in described]
            configs = await _configs(admin, ConfigResourceType.TOPIC, names)
            brokers = [str(broker["node_id"]) for broker in (await admin.describe_cluster())["brokers"]]
            of_brokers = await _configs(admin, ConfigResourceType.BROKER, brokers)
        finally:
            await admin.close()
    creates = [config[AUTO_CREATE] == "true" for config in of_brokers.values() if AUTO_CREATE in config]
    return Kafka(
        {name: _topic(described[name], configs.get(name, {})) for name in names}, any(creates) if creates else None
    )


def wanted(settings: Settings) -> list[str]:
    """The topics' names on the brokers."""
    return [on_brokers(topic, places.prefix(settings)) for topic in topics_of(1)]


def judge(settings: Settings, kafka: Kafka) -> list[Finding]:
    """Pure."""
    found = guarded(ABOUT, settings.kafka_tls, settings.kafka_user)
    if kafka.creates is None:
        found.append(Finding(ABOUT, "weak", f"the brokers do not tell {AUTO_CREATE}"))
    else:
        on = f"{AUTO_CREATE} is on: a mistyped topic comes into being"
        found.append(judged(ABOUT, not kafka.creates, f"{AUTO_CREATE} is off", on))
    for name in wanted(settings):
        topic = kafka.topics.get(name)
        if topic is None:
            found.append(Finding(ABOUT, "missing", f"there is no topic {name}"))
        else:
            keeps = kept(name, places.prefix(settings))
            faults = list(_faults(name, topic, keeps))
            how_long = "for ever" if keeps is FOR_EVER else "for a while"
            found += faults or [Finding(ABOUT, "ok", f"{name} has {topic.partitions} x {topic.copies}, {how_long}")]
    return found


async def check(settings: Settings) -> list[Finding]:
    """The findings about Kafka. Raises Unavailable."""
    return judge(settings, await look(settings))


def _faults(name: str, topic: Topic, keeps: Mapping[str, str]) -> Iterator[Finding]:
    if topic.copies < COPIES:
        yield Finding(ABOUT, "weak", f"{name} has replication {topic.copies}, below {COPIES}")
    in_sync = topic.config.get(IN_SYNC_KEY, "")
    if not in_sync.isdecimal() or int(in_sync) < IN_SYNC:
        yield Finding(ABOUT, "weak", f"{name} has {IN_SYNC_KEY}={in_sync or 'unknown'}, below {IN_SYNC}")
    for key, value in keeps.items():
        if topic.config.get(key) != value:
            yield Finding(ABOUT, "weak", f"{name} has {key}={topic.config.get(key)}, not {value}: history gets lost")


def _topic(described: Mapping[str, Any], config: Mapping[str, str]) -> Topic:
    copies = [len(partition["replicas"]) for partition in described["partitions"]]
    return Topic(len(copies), min(copies, default=0), config)


async def _configs(admin: AIOKafkaAdminClient, kind: ConfigResourceType, names: list[str]) -> dict[str, dict[str, str]]:
    """Settings by name; without those that we may not see."""
    if not names:
        return {}
    responses = await admin.describe_configs([ConfigResource(kind, name) for name in names])
    return {
        name: {entry[0]: entry[1] for entry in entries}
        for response in responses
        for _code, _message, _kind, name, entries in response.resources
    }
