"""What `photolog log` works on: the log of a site and nothing else, whose processes may run or not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from infra.history.source import Source
from infra.process.settings import Settings, SettingsInvalid


@asynccontextmanager
async def opened_history(settings: Settings) -> AsyncIterator[Source]:
    """The log of these settings. Makes nothing. Raises SettingsInvalid where there is no site."""
    source = await _of_cluster(settings) if settings.backend == "cluster" else _of_folder(settings)
    try:
        yield source
    finally:
        await source.close()


def _of_folder(settings: Settings) -> Source:
    from infra.sqlite.history import SqliteHistory

    try:
        return SqliteHistory(settings.data / "log.sqlite")
    except FileNotFoundError:
        raise SettingsInvalid(f"there is no site in {settings.data}") from None


async def _of_cluster(settings: Settings) -> Source:
    from infra.kafka.history import KafkaHistory
    from infra.wiring import places  # the drivers cost half a second, which no other backend should pay

    return KafkaHistory(places.kafka(settings), await partitions_of_cluster(settings), places.prefix(settings))


async def partitions_of_cluster(settings: Settings) -> int:
    """How many each topic of the site has, as the brokers have it. Raises SettingsInvalid where there are none."""
    from infra.kafka.topics import log_topics
    from infra.wiring import places

    topics = await log_topics(places.kafka(settings), places.prefix(settings))
    if not topics:
        raise SettingsInvalid(f"there are no topics of a site on {settings.kafka}")
    return next(iter(topics.values()))
