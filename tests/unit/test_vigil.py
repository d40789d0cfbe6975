"""What the vigil calls stalled: what stands still though something is due, and what nobody is there to feed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from commands.ports import Log
from infra.process.pulses import PULSES, Pulsing, pulses
from infra.process.vigil import ASLEEP_S, FORGOTTEN_S, PATIENCE_S, STILL, UNFED, LastWell, Vigil, told
from projections.likes import PROJECTION as LIKES
from projections.ports import Positions, Progress
from projections.site import Share
from schemas.positions import ENGAGEMENT, Partition
from tests.integration.stores import opened_site

HERE, THERE = Partition(ENGAGEMENT, 0), Partition(ENGAGEMENT, 1)
SHARES = [Share(LIKES.id, *HERE), Share(LIKES.id, *THERE)]


@dataclass
class Stood:
    """A site as a vigil sees it: ends and positions by partition, and seconds that pass."""

    ends_of: dict[Partition, int]
    rows: dict[Partition, int]
    now: float = 100.0
    asked: int = 0

    async def ends(self) -> Mapping[tuple[str, int], int]:
        return {(place.topic, place.number): end for place, end in self.ends_of.items()}

    async def progress(self, subscriber: str) -> dict[Partition, Progress]:
        self.asked += 1
        return {place: Progress(rows, rows, "") for place, rows in self.rows.items()}


@dataclass
class Watch:
    """A vigil over a site, a second at a time."""

    site: Stood
    vigil: Vigil

    async def seconds(self, number: int, beating: Iterable[Pulsing] = ()) -> None:
        for _ in range(number):
            self.site.now += 1
            for one in beating:
                await one.once()
            await self.vigil.look()


def watch(site: Stood, tables: Any = None) -> Watch:
    log, positions = cast(Log, site), cast(Positions, site)
    return Watch(site, Vigil(log, positions, tables, lambda: [LIKES], tables is not None, lambda: site.now))


async def test_what_has_something_due_and_does_not_move_is_stalled_within_ten_seconds_and_well_once_it_moves() -> None:
    seen = watch(Stood({HERE: 5, THERE: 5}, {HERE: 5, THERE: 5}))
    await seen.seconds(3)
    seen.site.ends_of[HERE] = 6
    await seen.seconds(5)
    assert seen.vigil.stalled == {}, "not yet: it may be about to"
    await seen.seconds(3)
    assert {share: one.why for share, one in seen.vigil.stalled.items()} == {SHARES[0]: STILL}
    said = told(seen.vigil.stalled)[LIKES.id]
    assert (said["partitions"], said["named"], said["why"]) == (1, [str(HERE)], STILL)
    seen.site.rows[HERE] = 6
    await seen.seconds(1)
    assert seen.vigil.stalled == {}


async def test_what_is_far_behind_but_moves_is_not_stalled() -> None:
    seen = watch(Stood({HERE: 1_000}, {HERE: 0}))
    for _ in range(30):
        seen.site.rows[HERE] += 1
        await seen.seconds(1)
        assert seen.vigil.stalled == {}


async def test_what_is_idle_is_not_stalled_and_nobody_is_asked_how_far_it_is() -> None:
    seen = watch(Stood({HERE: 5, THERE: 0}, {HERE: 5}))
    await seen.seconds(30)
    assert (seen.vigil.stalled, seen.site.asked) == ({}, 1)


async def test_who_has_slept_blames_nobody_for_it() -> None:
    seen = watch(Stood({HERE: 6}, {HERE: 5}))
    await seen.seconds(3)
    seen.site.now += 3_600
    await seen.seconds(5)
    assert seen.vigil.stalled == {}
    await seen.seconds(3)
    assert set(seen.vigil.stalled) == {SHARES[0]}


async def test_a_frozen_worker_is_noticed_though_nothing_is_due_and_forgiven_when_it_goes_on(tmp_path: Path) -> None:
    with opened_site(tmp_path) as stores:
        await stores.tables.create([PULSES])
        seen = watch(Stood({HERE: 5, THERE: 5}, {HERE: 5, THERE: 5}), stores.tables)
        first, second = worker(stores.tables, "first", HERE), worker(stores.tables, "second", THERE)
        await seen.seconds(20, [first, second])
        assert seen.vigil.stalled == {}
        await seen.seconds(int(PATIENCE_S) + 1, [first])
        assert {share: one.why for share, one in seen.vigil.stalled.items()} == {SHARES[1]: UNFED}
        await seen.seconds(1, [first, second])
        assert seen.vigil.stalled == {}


async def test_what_a_dead_worker_had_is_well_as_soon_as_another_has_it(tmp_path: Path) -> None:
    with opened_site(tmp_path) as stores:
        await stores.tables.create([PULSES])
        seen = watch(Stood({HERE: 5, THERE: 5}, {HERE: 5, THERE: 5}), stores.tables)
        dead, heir = worker(stores.tables, "dead", THERE), worker(stores.tables, "heir", HERE)
        await seen.seconds(2, [dead, heir])
        await seen.seconds(int(PATIENCE_S) + 2, [heir])
        assert set(seen.vigil.stalled) == {SHARES[1]}
        heir.fed = lambda: SHARES
        await seen.seconds(1, [heir])
        assert seen.vigil.stalled == {}
        await seen.seconds(int(FORGOTTEN_S), [heir])
        assert [one.instance for one in await pulses(stores.tables)] == ["heir"], "nobody keeps the dead for ever"


@pytest.mark.parametrize("passed", [ASLEEP_S, ASLEEP_S + 1])
def test_seconds_count_from_when_a_thing_was_well_and_anew_after_sleep(passed: float) -> None:
    now = 0.0
    last = LastWell(lambda: now)
    assert last.unwell(["a", "b"], {"b"}) == {"a": 0, "b": 0}
    now = passed
    slept = passed > ASLEEP_S
    assert last.unwell(["a", "b"], {"b"}) == {"a": 0 if slept else passed, "b": 0}


def worker(tables: Any, name: str, *partitions: Partition) -> Pulsing:
    return Pulsing(tables, name, lambda: [Share(LIKES.id, *one) for one in partitions])
