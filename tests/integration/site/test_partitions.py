"""How many partitions a site has: chosen before its topics are made, kept for ever, and never contradicted unheard."""

import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from events.topics import SINGLE, partitions_of, route
from infra.kafka.admin import administering
from infra.kafka.topics import log_topics
from infra.local.stack.stack import Stack
from infra.process.environment import load_settings
from infra.process.settings import Settings, SettingsInvalid
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.log import SqliteLog
from infra.sqlite.site import SqliteSiteRows
from infra.wiring import places
from infra.wiring.cluster import connected
from infra.wiring.embedded import embedded
from infra.wiring.partitions import chosen
from projections.site import PARTITIONS, SiteRow
from schemas.positions import POSTS, TOPICS
from tests.contract.fixtures_write import a_stream, decided

FRESH: Mapping[str, int] = {}


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[SqliteSiteRows]:
    database = SqliteDatabase(tmp_path / "log.sqlite", "FULL")
    yield SqliteSiteRows(database)
    database.close()


def settings(tmp_path: Path, **changes: object) -> Settings:
    return Settings(data=tmp_path, ops_port=0, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "number"),
    [({"backend": "cluster"}, 64), ({"backend": "embedded"}, 4), ({"backend": "cluster", "partitions": 12}, 12)],
)
async def test_a_new_site_has_what_its_setting_says(
    rows: SqliteSiteRows, tmp_path: Path, told: dict[str, object], number: int
) -> None:
    assert await chosen(rows, settings(tmp_path, **told), FRESH) == number
    assert await rows.read(PARTITIONS) == SiteRow(1, str(number))


async def test_a_site_keeps_its_number_when_the_default_would_be_another(rows: SqliteSiteRows, tmp_path: Path) -> None:
    assert await chosen(rows, settings(tmp_path, partitions=8), FRESH) == 8
    assert await chosen(rows, settings(tmp_path), dict.fromkeys(TOPICS, 8)) == 8


async def test_a_setting_that_contradicts_the_site_is_refused_by_name(rows: SqliteSiteRows, tmp_path: Path) -> None:
    await chosen(rows, settings(tmp_path), FRESH)
    with pytest.raises(SettingsInvalid, match="PHOTOLOG_PARTITIONS is 8, but this site was made with 4"):
        await chosen(rows, settings(tmp_path, partitions=8), FRESH)


async def test_a_site_older_than_its_row_gets_one_with_what_its_topics_have(
    rows: SqliteSiteRows, tmp_path: Path
) -> None:
    assert await chosen(rows, settings(tmp_path, backend="cluster"), dict.fromkeys(TOPICS, 4)) == 4
    assert await rows.read(PARTITIONS) == SiteRow(1, "4")


async def test_an_older_site_with_a_setting_that_contradicts_it_gets_no_row(
    rows: SqliteSiteRows, tmp_path: Path
) -> None:
    with pytest.raises(SettingsInvalid, match="PHOTOLOG_PARTITIONS is 8"):
        await chosen(rows, settings(tmp_path, partitions=8), dict.fromkeys(TOPICS, 4))
    assert await rows.read(PARTITIONS) is None


async def test_topics_that_contradict_the_row_are_named(rows: SqliteSiteRows, tmp_path: Path) -> None:
    await chosen(rows, settings(tmp_path), FRESH)
    with pytest.raises(SettingsInvalid, match=r"have 4 partitions, but photolog\.posts has 9"):
        await chosen(rows, settings(tmp_path), {**dict.fromkeys(TOPICS, 4), POSTS: 9})


async def test_an_embedded_site_is_routed_by_the_number_that_it_was_made_with(tmp_path: Path) -> None:
    async with embedded(settings(tmp_path, partitions=16)) as platform:
        ends = await platform.feeding.runtimes()[0].sources.log.ends()
    assert set(ends) == {(topic, partition) for topic in TOPICS for partition in range(partitions_of(topic, 16))}
    with pytest.raises(SettingsInvalid, match="made with 16"):
        async with embedded(settings(tmp_path, partitions=4)):
            pass


async def test_an_embedded_log_with_events_and_no_row_has_the_four_of_its_time(tmp_path: Path) -> None:
    await _with_events(tmp_path, 4)
    async with embedded(settings(tmp_path)):
        pass
    with pytest.raises(SettingsInvalid, match="made with 4"):
        async with embedded(settings(tmp_path, partitions=16)):
            pass


async def test_an_embedded_log_with_events_beyond_its_number_is_refused(tmp_path: Path) -> None:
    async with embedded(settings(tmp_path, partitions=4)):
        pass
    await _with_events(tmp_path, 16)
    with pytest.raises(SettingsInvalid, match=r"log\.sqlite was made with 4 partitions, but holds events of more"):
        async with embedded(settings(tmp_path)):
            pass


async def test_on_a_cluster_the_row_stands_before_the_topics_and_outlives_their_loss(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the row and the topics, or topics lost: the next start makes them as they were to be."""
    told = {**stack.environment, "PHOTOLOG_SITE": f"p{uuid.uuid4().hex[:12]}"}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PHOTOLOG_PARTITIONS", "6")
    first = load_settings()
    kafka, prefix = places.kafka(first), places.prefix(first)
    async with connected(first):
        assert await log_topics(kafka, prefix) == {prefix + topic: 6 for topic in TOPICS if topic not in SINGLE}
    async with administering(kafka, "a test") as admin:
        await admin.delete_topics([prefix + topic for topic in TOPICS])
    while await log_topics(kafka, prefix):
        pass
    monkeypatch.setenv("PHOTOLOG_PARTITIONS", "0")
    async with connected(load_settings()):
        assert await log_topics(kafka, prefix) == {prefix + topic: 6 for topic in TOPICS if topic not in SINGLE}
    monkeypatch.setenv("PHOTOLOG_PARTITIONS", "7")
    with pytest.raises(SettingsInvalid, match="PHOTOLOG_PARTITIONS is 7, but this site was made with 6"):
        async with connected(load_settings()):
            pass


async def _with_events(folder: Path, partitions: int) -> None:
    """A log with an event in each of so many partitions of posts, and nothing that says how many there are."""
    database = SqliteDatabase(folder / "log.sqlite", "FULL")
    log = SqliteLog(database, partitions)
    missing = set(range(partitions))
    while missing:
        stream = a_stream()
        missing.discard(route(stream, partitions)[1])
        await log.append(decided(stream, 1, wire=b"{}"))
    database.close()
