"""A new read model and a new kind of effect cost a file each and a line each: nothing else knows of them."""

from dataclasses import replace
from pathlib import Path

from events.follows import Followed
from tests.integration.runtime.toys.greetings import Greetings
from tests.integration.runtime.toys.guests import GUESTS, PROJECTION
from tests.integration.runtime.toys.wiring import SUBSCRIBERS, with_greetings
from tests.integration.stores import drained, open_site, running
from tests.unit.samples import ANN, BEN, EVE, recorded


async def test_a_toy_projection_and_a_toy_kind_of_effect_work_like_any_other(tmp_path: Path) -> None:
    site = open_site(tmp_path, [subscriber.id for subscriber in SUBSCRIBERS])
    await site.tables.create(PROJECTION.tables)
    greetings = Greetings(site.tables, GUESTS)
    appliers = replace(site.appliers, reactions=with_greetings(site.appliers.reactions, greetings))
    followed = [
        recorded(Followed(follower_id=guest, followee_id=ANN), f"follow/{guest}/{ANN}", event_id=f"ev_{guest}")
        for guest in (BEN, EVE)
    ]
    async with running(site, PROJECTION, appliers):
        await drained(site, PROJECTION, await site.append(*followed))
    assert [row["guest_id"] for row in await site.tables.slice(GUESTS, (ANN,), 10)] == sorted([BEN, EVE])
    assert sorted(greetings.said) == sorted([BEN, EVE])
