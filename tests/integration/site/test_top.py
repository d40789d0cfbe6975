"""`photolog top`: what it sees beside a site's processes, whether or not those are able to answer."""

import asyncio
import json
import os
import signal
import sqlite3
import sys
from contextlib import ExitStack, closing
from pathlib import Path

from rich.console import Console

from infra.process.canary import Canary
from infra.process.pulses import PULSES
from infra.process.site_state import SharedState
from infra.process.vigil import STILL, Vigil
from infra.sqlite.site import SqliteSiteRows
from infra.top.looks import Look, Looks
from infra.top.screen import screen
from processors.letter_box import LetterBox
from projections.canaries import PROJECTION as CANARIES
from projections.likes import PROJECTION as LIKES
from tests.integration.runtime.recorder import HERE, likes
from tests.integration.stores import KEPT, Site, opened_site, running
from tests.pace import patient
from tests.processes import PHOTOLOG, ServerProcess, running_server
from tests.stopping import stop

IDS = [CANARIES.id, LIKES.id]


def looks_at(site: Site, clock: list[float]) -> Looks:
    vigil = Vigil(site.log, site.positions, site.tables, lambda: [CANARIES, LIKES], False, lambda: clock[0])
    canary = Canary(site.handler, site.tables, site.positions, 0)
    box = LetterBox(site.handler, site.tables, site.log, site.vault, IDS)
    return Looks(site.log, site.positions, SharedState(SqliteSiteRows(site.truth)), vigil, canary, box)


def drawn(look: Look) -> str:
    console = Console(record=True, width=110, file=open(os.devnull, "w"))  # noqa: SIM115 - until the process ends
    console.print(screen(look, "here"))
    return console.export_text()


async def test_what_nobody_feeds_is_seen_by_line_by_partition_and_as_stalled(tmp_path: Path) -> None:
    with opened_site(tmp_path, IDS) as site:
        await site.tables.create([*KEPT, PULSES, *CANARIES.tables, *LIKES.tables])
        clock = [100.0]
        looks = looks_at(site, clock)
        (place, *_) = await site.append(*likes(HERE, 3))
        assert (await looks.look()).is_well, "it may be about to be fed"
        for _ in range(8):
            clock[0] += 1
            look = await looks.look()
        await looks.aclose()
        line = next(one for one in look.lines if one.id == LIKES.id)
        assert (line.live, line.lag_events, line.per_second) == (True, 3, 0)
        assert line.stalled.startswith(STILL)
        assert not look.is_well
        assert (LIKES.id, f"{place.topic}[{place.partition}]", 3) in [
            (one.subscriber, one.partition, one.lag_events) for one in look.slowest
        ]
        assert "STALLED" in drawn(look)
        assert f"{STILL}: 1 partition," in drawn(look)


async def test_what_is_fed_is_well_with_its_rate_and_the_way_of_a_canary(tmp_path: Path) -> None:
    with opened_site(tmp_path, IDS) as site:
        await site.tables.create([*KEPT, PULSES, *CANARIES.tables, *LIKES.tables])
        looks = looks_at(site, [100.0])
        async with running(site, CANARIES), running(site, LIKES), asyncio.timeout(patient(20)):
            await looks.look()
            await site.append(*likes(HERE, 3))
            rates: list[float] = []
            while (look := await looks.look()).canary_s is None or sum(rates) == 0:
                rates.append(next(one.per_second for one in look.lines if one.id == LIKES.id))
            while (look := await looks.look()).lines[-1].lag_events:
                pass
        await looks.aclose()
        assert look.is_well
        assert look.trouble == ""
        assert "well" in drawn(look)


async def test_it_is_not_decided_before_a_canary_of_its_own_is_through_or_stuck(tmp_path: Path) -> None:
    with opened_site(tmp_path, IDS) as site:
        await site.tables.create([*KEPT, PULSES, *CANARIES.tables, *LIKES.tables])
        clock, begun, over = [100.0], asyncio.Event(), asyncio.Event()
        looks = looks_at(site, clock)
        busy = asyncio.create_task(busy_until(site, begun, over))
        await begun.wait()

        async def pause() -> None:
            clock[0] += 1
            if clock[0] >= 110:
                over.set()
            await asyncio.sleep(0.01)

        first = await looks.look()
        look = await looks.decided(pause)
        over.set()  # whatever was decided: a test that fails must end
        await asyncio.gather(looks.aclose(), busy)
        assert first.is_well
        assert clock[0] > 113, "what is due since the canary could be written has stood still for six seconds"
        assert {line.id for line in look.lines if line.stalled} == {CANARIES.id}


async def test_who_looks_too_seldom_to_tell_does_not_call_it_well(tmp_path: Path) -> None:
    with opened_site(tmp_path, IDS) as site:
        await site.tables.create([*KEPT, PULSES, *CANARIES.tables, *LIKES.tables])
        clock = [100.0]
        looks = looks_at(site, clock)

        async def pause() -> None:
            clock[0] += 5

        look = await looks.decided(pause)
        await looks.aclose()
        assert (look.is_stalled, look.is_well) == (False, False)
        assert "UNSURE" in drawn(look)


async def busy_until(site: Site, begun: asyncio.Event, over: asyncio.Event) -> None:
    """Nobody else can write for so long."""
    async with site.truth.together():
        begun.set()
        await over.wait()


def freeze(server: ServerProcess) -> None:
    """Stops it while it writes nothing: in the middle of that nobody else could write, and top would say so instead."""
    with ExitStack() as stack:
        for file in server.data.glob("*.sqlite"):
            ours = stack.enter_context(closing(sqlite3.connect(file, timeout=patient(30), isolation_level=None)))
            ours.execute("BEGIN IMMEDIATE")
        stop(server.process.pid)


async def test_a_frozen_server_is_told_from_beside_it_with_a_status_for_scripts(tmp_path: Path) -> None:
    async with running_server(tmp_path / "data") as server:
        freeze(server)
        try:
            top = await asyncio.create_subprocess_exec(
                PHOTOLOG,
                *("top", "--once", "--json"),
                stdout=asyncio.subprocess.PIPE,
                stderr=sys.stderr,
                env={**os.environ, "PHOTOLOG_DATA": str(tmp_path / "data")},
            )
            said, _ = await asyncio.wait_for(top.communicate(), patient(60))
        finally:
            os.kill(server.process.pid, signal.SIGCONT)
    assert top.returncode == 1
    look = json.loads(said)
    assert not look["well"]
    assert {one["id"] for one in look["lines"] if one["stalled"]} == {CANARIES.id}, "what its own canary waits for"
