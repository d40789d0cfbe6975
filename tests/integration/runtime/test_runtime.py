"""The runtime over a real log: it resumes, retries, holds no more than it must, and stops before it does harm."""

import asyncio
import logging
import multiprocessing
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from commands.invariants import BROKEN
from processors.log_driver import LogDriver
from processors.pace import Pace
from schemas.errors import Unavailable
from schemas.positions import ENGAGEMENT, Partition, Position
from tests.integration.runtime.recorder import HERE, THERE, Recorder, likes
from tests.integration.stores import KEPT, Site, drained, open_site, opened_site, running
from tests.pace import patient


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    with opened_site(tmp_path, ["recorder@v1"]) as opened:
        yield opened


async def test_events_arrive_once_and_in_the_order_of_their_partition(site: Site) -> None:
    recorder = Recorder()
    async with running(site, recorder, recorder.appliers, pace=Pace(batch=3)):
        places = await site.append(*likes(HERE, 7), *likes(THERE, 5))
        await drained(site, recorder, places)
    here, there = places[0].partition, places[-1].partition
    assert here != there
    assert [offset for partition, offset in recorder.taken if partition == here] == list(range(7))
    assert [offset for partition, offset in recorder.taken if partition == there] == list(range(5))


async def test_a_restart_goes_on_behind_what_was_applied(site: Site) -> None:
    before = await site.append(*likes(HERE, 4))
    recorder = Recorder()
    async with running(site, recorder, recorder.appliers):
        await drained(site, recorder, before)
    after = await site.append(*likes(HERE, 2, first=5))
    successor = Recorder()
    async with running(site, successor, successor.appliers):
        await drained(site, successor, after)
    assert [offset for _, offset in successor.taken] == [4, 5]


async def test_a_failing_batch_is_retried_and_holds_only_its_partition(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    held, free = await site.append(*likes(HERE, 1), *likes(THERE, 1))
    recorder = Recorder(broken={held.partition})
    async with running(site, recorder, recorder.appliers) as runtime:
        await drained(site, recorder, [free, *await site.append(*likes(THERE, 1, first=2))])
        await recorder.thrice.wait()
        assert runtime.failing == {Partition(ENGAGEMENT, held.partition): "ConnectionError"}
        assert (await runtime.lags())[Partition(ENGAGEMENT, held.partition)] == 1
        assert not any(partition == held.partition for partition, _ in recorder.taken)
        recorder.broken.clear()
        await drained(site, recorder, [held])
        await drained(site, recorder, await site.append(*likes(HERE, 1, first=2)))
        assert not runtime.failing
    assert [offset for partition, offset in recorder.taken if partition == held.partition] == [0, 1]
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 1, "said once"


async def test_a_log_that_cannot_be_read_for_a_while_is_read_later(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    read, away = site.log.read, 3

    async def flaky(topic: str, partition: int, start: int, limit: int) -> object:
        nonlocal away
        away -= 1
        if away > 0:
            raise Unavailable("the store is away")
        return await read(topic, partition, start, limit)

    monkeypatch.setattr(site.log, "read", flaky)
    recorder = Recorder()
    async with running(site, recorder, recorder.appliers):
        await drained(site, recorder, await site.append(*likes(HERE, 1)))
    assert len(recorder.taken) == 1


def _run(folder: Path) -> None:
    """A process of its own: a runtime on this data folder."""

    async def run() -> None:
        opened = open_site(folder, ["recorder@v1"])
        await opened.tables.create(KEPT)
        async with asyncio.timeout(patient(20)):
            recorder = Recorder()
            await LogDriver(opened.runtime(recorder, appliers=recorder.appliers)).run()

    asyncio.run(run())


def exit_code_on(folder: Path) -> int | None:
    """How a process with a runtime on this data folder ends."""
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(folder,))
    process.start()
    process.join()
    return process.exitcode


async def test_a_gap_in_the_log_ends_the_process(site: Site, tmp_path: Path) -> None:
    await site.append(*likes(HERE, 3))
    await site.truth.write("DELETE FROM log WHERE offset = 1")
    assert await asyncio.to_thread(exit_code_on, tmp_path) == BROKEN


async def test_positions_beyond_the_end_of_the_log_end_the_process(site: Site, tmp_path: Path) -> None:
    (last,) = await site.append(*likes(HERE, 1))
    beyond = Position(last.topic, last.partition, last.offset + 1)
    await site.positions.advance("recorder@v1", beyond, "ev_from_another_log")
    assert await asyncio.to_thread(exit_code_on, tmp_path) == BROKEN


async def test_another_event_where_the_last_was_taken_ends_the_process(site: Site, tmp_path: Path) -> None:
    places = await site.append(*likes(HERE, 2))
    await site.positions.advance("recorder@v1", places[0], "ev_from_another_log")
    assert await asyncio.to_thread(exit_code_on, tmp_path) == BROKEN


async def test_lag_is_what_is_still_to_be_taken(site: Site) -> None:
    recorder = Recorder()
    await site.append(*likes(HERE, 3), *likes(THERE, 2))
    assert sum((await site.runtime(recorder).lags()).values()) == 5
