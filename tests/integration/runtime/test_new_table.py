"""A read model that nobody has heard of: declared here, fed by the runtime, read through TableReads. No adapter for it.

Its table uses everything that a declaration can say: buckets, two order columns in two directions, every column type,
nullable values, a subject, a count.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from events.follows import Followed, Unfollowed
from processors.pace import Pace
from projections.buckets import BUCKETS, bucket
from projections.effects import Delete, Effects, Projection, Put
from projections.ports import Tables
from schemas.ids import AccountId
from schemas.positions import FOLLOWS
from schemas.tables import BOOL, INT, JSON, TEXT, TIME, Count, Table
from tests.integration.stores import Site, drained, open_site, running
from tests.unit.samples import ANN, BEN, EVE, NOON, recorded

MEETINGS = Table(
    "meetings",
    partition="host_id, bucket",
    order="since_at desc, guest_id",
    columns={"mood": TEXT, "seats": INT, "open": BOOL, "until": TIME, "menu": JSON},
    subject="guest_id",
    counts=Count("meeting_count", per="host_id"),
    cached=60,
)
PROJECTION = Projection("meetings", topics=[FOLLOWS], tables=[MEETINGS])
MENU = {"dishes": ["soup", "Knödel"], "price": 7.5, "nothing": None}


def place(host: AccountId, guest: AccountId) -> dict[str, Any]:
    """The key of a meeting."""
    return {"host_id": host, "bucket": bucket(guest), "since_at": NOON, "guest_id": guest}


@PROJECTION.projects(Followed)
def met(event: Any) -> Effects:
    said = {"mood": None, "seats": event.version, "open": True, "until": NOON + 1, "menu": MENU}
    yield Put(MEETINGS, **place(event.event.followee_id, event.event.follower_id), **said)


@PROJECTION.projects(Unfollowed)
def parted(event: Any) -> Effects:
    yield Delete(MEETINGS, **place(event.event.followee_id, event.event.follower_id))


SUBSCRIBERS = [PROJECTION.id]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    opened = open_site(tmp_path, SUBSCRIBERS)
    await opened.tables.create(PROJECTION.tables)
    yield opened
    opened.views.close()
    opened.truth.close()


async def meetings(reads: Tables, host: AccountId) -> list[dict[str, Any]]:
    """Every meeting of a host, over all buckets."""
    return [dict(row) for part in range(BUCKETS) for row in await reads.slice(MEETINGS, (host, part), 100)]


async def test_a_declared_read_model_is_fed_and_read_without_an_adapter_of_its_own(site: Site) -> None:
    events = [
        recorded(Followed(follower_id=guest, followee_id=ANN), f"follow/{guest}/{ANN}", event_id=f"ev_{guest}")
        for guest in (BEN, EVE)
    ]
    gone = recorded(Unfollowed(follower_id=EVE, followee_id=ANN), f"follow/{EVE}/{ANN}", 2, "ev_gone")
    again = events[0]
    async with running(site, PROJECTION, pace=Pace(batch=1)):
        await drained(site, PROJECTION, await site.append(*events, gone, again))
    row = {**place(ANN, BEN), "mood": None, "seats": 1, "open": True, "until": NOON + 1, "menu": MENU}
    assert await meetings(site.tables, ANN) == [row]
    assert await site.tables.get(MEETINGS, [MEETINGS.key(row)]) == {MEETINGS.key(row): row}
    assert await site.tables.sizes(MEETINGS, [(ANN,), (BEN,)]) == {(ANN,): 1, (BEN,): 0}


async def test_a_read_model_that_is_declared_later_starts_at_the_beginning_of_the_log(site: Site) -> None:
    followed = recorded(Followed(follower_id=BEN, followee_id=ANN), f"follow/{BEN}/{ANN}")
    places = await site.append(followed)
    async with running(site, PROJECTION):
        await drained(site, PROJECTION, places)
    assert len(await meetings(site.tables, ANN)) == 1


async def test_declaring_it_again_keeps_what_is_there(site: Site) -> None:
    followed = recorded(Followed(follower_id=BEN, followee_id=ANN), f"follow/{BEN}/{ANN}")
    async with running(site, PROJECTION):
        await drained(site, PROJECTION, await site.append(followed))
    await site.tables.create([MEETINGS])
    assert len(await meetings(site.tables, ANN)) == 1
