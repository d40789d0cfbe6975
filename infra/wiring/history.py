"""What `photolog log` works on: the log of a site and nothing else, whose processes may run or not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from infra.history.source import Source
from infra.process.settings import Settings, SettingsInvalid, no_site
from schemas.errors import Unavailable

if TYPE_CHECKING:
    from infra.history.seen import Seen  # which needs pyarrow: `tail` does without


@asynccontextmanager
async def opened_history(settings: Settings, archive: bool = False) -> AsyncIterator[Source]:
    """The log of these settings, or its archive and what comes behind. Makes nothing.

    Raises SettingsInvalid where there is no site, and for an archive without the secret; Refused where there is none.
    """
    source = await _of_cluster(settings) if settings.backend == "cluster" else _of_folder(settings)
    try:
        if not archive:
            yield source
            return
        from infra.archive.reading import ArchivedHistory
        from infra.wiring.archive import opened_archive
        from infra.wiring.objects import opened_objects

        async with opened_objects(settings) as objects, opened_archive(objects) as sealed:
            yield ArchivedHistory(sealed, source)
    finally:
        await source.close()


async def seen(settings: Settings) -> "Seen":
    """Who has seen what on this site. Raises SettingsInvalid where there is none."""
    if settings.backend == "embedded":
        from infra.sqlite.seen import SqliteSeen

        return SqliteSeen(settings.data / "viewed.sqlite")
    from infra.kafka.seen import KafkaSeen
    from infra.wiring import places

    return KafkaSeen(places.kafka(settings), await partitions_of_cluster(settings), places.prefix(settings))


def _of_folder(settings: Settings) -> Source:
    from infra.sqlite.history import SqliteHistory

    try:
        return SqliteHistory(settings.data / "log.sqlite")
    except FileNotFoundError:
        raise no_site(settings) from None


async def _of_cluster(settings: Settings) -> Source:
    from infra.kafka.history import KafkaHistory
    from infra.wiring import places  # the drivers cost half a second, which no other backend should pay

    return KafkaHistory(places.kafka(settings), await partitions_of_cluster(settings), places.prefix(settings))


async def partitions_of_cluster(settings: Settings) -> int:
    """How many each topic of the site has, as the brokers have it. Raises SettingsInvalid where there are none, or no
    broker."""
    from infra.kafka.topics import log_topics
    from infra.wiring import places

    try:
        topics = await log_topics(places.kafka(settings), places.prefix(settings))
    except Unavailable:
        raise SettingsInvalid(f"no broker answers at {settings.kafka}: PHOTOLOG_KAFKA says where they are") from None
    if not topics:
        raise SettingsInvalid(f"there are no topics of a site on {settings.kafka}")
    return next(iter(topics.values()))
