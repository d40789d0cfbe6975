"""Late duplicates at random distances and suffixes that come again change no row and no count, of any projection."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.delivery import Delivery
from events.envelope import Event, Recorded
from processors.planning import Plan
from projections.all import PROJECTIONS
from projections.effects import Projection
from schemas.ids import EventId
from schemas.positions import Position
from tests.drawn import SHARES_FIXTURES
from tests.integration.stores import Site, opened_site
from tests.partitions import route
from tests.unit.samples import SAMPLES
from tests.unit.test_projections_declared import stream_of


class Undone(Exception):
    """Ends an example's transaction, so that nothing of it stays."""


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    with opened_site(tmp_path) as opened:
        await opened.tables.create([table for projection in PROJECTIONS for table in projection.tables])
        yield opened


@asynccontextmanager
async def undone(site: Site) -> AsyncIterator[None]:
    with suppress(Undone):
        async with site.views.together():
            yield
            raise Undone


def history(projection: Projection, order: random.Random, length: int) -> list[Recorded[Event]]:
    """Events that the projection knows, numbered stream by stream: the samples, about a few things each."""
    known = [event for event in SAMPLES if type(event) in projection.functions]
    versions: dict[str, int] = {}
    events = []
    for number in range(length):
        event = order.choice(known)
        stream = stream_of(event)
        versions[stream] = version = versions.get(stream, 0) + 1
        events.append(
            Recorded(EventId(f"ev_{number}"), stream, version, number, "system:test", "cm_1", "cm_1", event)  # type: ignore[arg-type]
        )
    return events


def log_of(events: Sequence[Recorded[Event]]) -> dict[tuple[str, int], list[Delivery]]:
    """The partitions of the log that these make."""
    partitions: dict[tuple[str, int], list[Delivery]] = {}
    for event in events:
        topic, number = route(event.stream)
        place = partitions.setdefault((topic, number), [])
        place.append(Delivery(event, Position(topic, number, len(place))))
    return partitions


async def written(site: Site, projection: Projection, deliveries: Sequence[Delivery], order: random.Random) -> None:
    """These, cut into batches anyhow."""
    start = 0
    while start < len(deliveries):
        end = start + order.randint(1, 5)
        await site.rows.apply([Plan(one, projection.plan(one)) for one in deliveries[start:end]])
        start = end


async def rows_of(site: Site, projection: Projection) -> dict[str, list[tuple[object, ...]]]:
    """Everything in the projection's tables, but for where it came from."""
    found = {}
    for table in projection.tables:
        names = ", ".join(f'"{name}"' for name in table.types)
        rows = site.views.rows(f'SELECT {names} FROM "table_{table.name}" WHERE _present ORDER BY 1, 2')
        found[table.name] = [tuple(row) for row in rows]
        if table.counts:
            keys = [
                tuple(row) for row in site.views.rows(f'SELECT DISTINCT {table.counts.per} FROM "table_{table.name}"')
            ]
            sizes = await site.tables.sizes(table, keys[:100])
            found[f"{table.name} sizes"] = sorted(sizes.items())
    return found


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
@settings(max_examples=20, suppress_health_check=SHARES_FIXTURES)
@given(st.randoms(use_true_random=False), st.integers(1, 25), st.integers(0, 24))
async def test_a_suffix_that_comes_again_twice_and_late_duplicates_change_nothing(
    site: Site, projection: Projection, order: random.Random, length: int, back: int
) -> None:
    async with undone(site):
        partitions = log_of(history(projection, order, length))
        for deliveries in partitions.values():
            await written(site, projection, deliveries, order)
        before = await rows_of(site, projection)
        for (topic, number), deliveries in partitions.items():
            suffix = deliveries[min(back, len(deliveries) - 1) :]
            late = order.choices(deliveries, k=3)
            places = range(len(deliveries), len(deliveries) + len(late))
            for again in (
                suffix,
                suffix,
                [replace(one, position=Position(topic, number, at)) for one, at in zip(late, places, strict=True)],
            ):
                await written(site, projection, again, order)
        assert await rows_of(site, projection) == before


async def test_a_follow_that_is_in_the_log_twice_around_a_crash_is_counted_once(site: Site) -> None:
    projection = next(one for one in PROJECTIONS if one.name == "feed")
    followed = next(event for event in SAMPLES if event.type_name == "follow.started.v1")
    event = Recorded(EventId("ev_1"), stream_of(followed), 1, 1, "system:test", "cm_1", "cm_1", followed)  # type: ignore[arg-type]
    topic, number = route(event.stream)
    once, again = (Delivery(event, Position(topic, number, offset)) for offset in (0, 1))
    order = random.Random(1)
    for batch in ([once], [once, again], [again], [once, again]):
        await written(site, projection, batch, order)
    found = await rows_of(site, projection)
    assert [size for _, size in found["followers sizes"] + found["following sizes"]] == [1, 1]


async def test_a_rename_that_arrives_after_a_deletion_brings_nothing_back(site: Site) -> None:
    projection = next(one for one in PROJECTIONS if one.name == "posts")
    kinds = {event.type_name.partition(".v")[0]: event for event in SAMPLES}
    events = [
        Recorded(EventId(f"ev_{n}"), stream_of(kinds[kind]), n, n, "system:test", "cm_1", "cm_1", kinds[kind])  # type: ignore[arg-type]
        for n, kind in enumerate(["post.published", "post.edited", "post.deleted"], start=1)
    ]
    topic, number = route(events[0].stream)
    deliveries = [Delivery(event, Position(topic, number, at)) for at, event in enumerate(events)]
    order = random.Random(1)
    await written(site, projection, deliveries, order)
    late = replace(deliveries[1], position=Position(topic, number, 3))
    await written(site, projection, [late], order)
    assert (await rows_of(site, projection))["posts"] == []
