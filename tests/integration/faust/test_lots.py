"""A lot on real Kafka: several subscribers over one consumer group. How each is fed: runtime/test_lot.py."""

from processors.faust_driver import FaustDriver
from processors.pace import Pace
from schemas.positions import ENGAGEMENT, POSTS, Partition
from tests.integration.faust.faust_sites import EVERYWHERE, FaustSite, Fed, running
from tests.integration.runtime.recorder import likes

OTHER = "other@v1"


async def test_each_of_a_lot_takes_every_event_of_its_topics_once(site: FaustSite) -> None:
    one, other = site.journal("one"), site.journal("other", OTHER, (POSTS, ENGAGEMENT))
    driver = FaustDriver("lot", (ENGAGEMENT, POSTS), site.brokers(), Pace(batch=50))
    async with running(Fed(driver, site.runtime(one), [site.runtime(other)])):
        places = await site.append([event for post in EVERYWHERE for event in likes(post, 40)])
        await site.drained(places)
        await site.drained(places, OTHER)
    ends = {Partition.of(place): place.offset + 1 for place in sorted(places)}
    whole = {place: list(range(end)) for place, end in ends.items()}
    assert one.taken("one") == other.taken("other") == whole
