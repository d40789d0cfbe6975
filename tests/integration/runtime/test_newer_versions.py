"""A worker that meets a newer version than it knows: its partition waits for the upgrade and says so; others go on."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from events.codec import NewerVersion, encode
from events.envelope import Event, Recorded
from processors.planning import Plan
from schemas.positions import ENGAGEMENT
from tests.callers import callers
from tests.integration.handlers import row_of
from tests.integration.runtime.newer_events import LikedWithReaction, newer_like, unheard_of, upgraded
from tests.integration.runtime.recorder import HERE, THERE, Announced, Recorder, likes
from tests.integration.stores import NO_KEY, Site, drained, open_site, opened_site, running
from tests.pace import patient
from tests.processes import running_server

SAID = "newer_version: post.liked.v3 was met, only post.liked.v2 is known; upgrade this worker"


@dataclass
class Reader(Recorder):
    """A recorder that also keeps what it read."""

    read: list[Recorded[Event]] = field(default_factory=list)

    async def apply(self, plans: Sequence[Plan]) -> None:
        await super().apply(plans)
        self.read += [plan.delivery.recorded for plan in plans]

    def reactions(self) -> list[str]:
        return [one.event.reaction for one in self.read if isinstance(one.event, LikedWithReaction)]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    with opened_site(tmp_path, ["recorder@v1"]) as opened:
        yield opened


async def test_a_newer_version_pauses_its_partition_alone_and_says_what_to_do(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    before, newer, after, there = await site.append(
        *likes(HERE, 1), newer_like(HERE, 2), *likes(HERE, 1, first=3), *likes(THERE, 1)
    )
    reader = Reader()
    async with running(site, reader, reader.appliers) as runtime:
        runtime.failing = held = Announced()
        await drained(site, reader, [before, there])
        await held.any.wait()
        await drained(site, reader, await site.append(*likes(THERE, 5, first=2)))
        assert held == {(ENGAGEMENT, newer.partition): SAID}
    assert [offset for partition, offset in reader.taken if partition == newer.partition] == [0], "what came before it"
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.getMessage() == f"recorder@v1 is held at {ENGAGEMENT}[{newer.partition}] 1: {SAID}"
    assert after.partition == newer.partition


async def test_after_the_upgrade_it_goes_on_without_loss(site: Site) -> None:
    places = await site.append(*likes(HERE, 2), newer_like(HERE, 3), *likes(HERE, 1, first=4))
    outdated = Reader()
    async with running(site, outdated, outdated.appliers) as runtime:
        runtime.failing = held = Announced()
        await held.any.wait()
    successor = Reader()
    with upgraded():
        async with running(site, successor, successor.appliers) as runtime:
            await drained(site, successor, places)
            assert runtime.failing == {}
    assert [offset for _, offset in outdated.taken + successor.taken] == [0, 1, 2, 3]
    assert successor.reactions() == ["applause", "heart"], "the newer one as it was written, the older one upcast"


async def test_a_type_that_was_never_heard_of_pauses_its_partition_too(site: Site) -> None:
    event, wire = unheard_of(HERE)
    (place,) = await site.log.append([row_of(event, wire)])
    reader = Reader()
    async with running(site, reader, reader.appliers) as runtime:
        runtime.failing = held = Announced()
        await drained(site, reader, await site.append(*likes(THERE, 1)))
        await held.any.wait()
    said = "newer_version: post.pinned.v1 was met, no version of it is known; upgrade this worker"
    assert held == {(ENGAGEMENT, place.partition): said}


async def test_commands_about_what_a_newer_release_decided_are_told_to_come_back(site: Site) -> None:
    newer = newer_like(HERE, 1)
    assert await site.ledger.insert([replace(row_of(newer, encode(newer, NO_KEY)), stream="comment/po_0/co_1")])
    with pytest.raises(NewerVersion) as refusal:
        await site.handler.state("comment/po_0/co_1")
    assert (refusal.value.status, refusal.value.headers()) == (503, {"Retry-After": "1"})


async def test_readyz_names_what_waits_for_an_upgrade(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    before = open_site(data)
    (place,) = await before.append(newer_like(HERE, 1))
    before.truth.close()
    before.views.close()
    async with running_server(data) as server, callers(server.url) as http:
        async with asyncio.timeout(patient(20)):
            while not (likes := (await http.get("/readyz")).json()["processors"]["likes@v1"])["held"]:
                pass
    assert likes == {"lag": 1, "held": {f"{ENGAGEMENT}[{place.partition}]": SAID}, "held_streams": {}}
