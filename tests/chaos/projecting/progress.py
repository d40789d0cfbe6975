"""How far the subscribers of a log are, as their durable positions have it."""

import asyncio
from collections.abc import Collection, Mapping
from functools import partial

from infra.wiring.cluster import Cluster
from infra.wiring.subscribers import TOPICS
from projections.site import Share
from schemas.positions import Partition, Position
from tests.chaos.write_faults.ledger import patiently
from tests.pace import patient

DRAINED_WITHIN_S = 300.0
WAIT_S = 5.0

Ends = Mapping[tuple[str, int], int]


async def ends(cluster: Cluster) -> Ends:
    """The log's, as soon as the broker says."""
    return await patiently(cluster.write.log.ends)


async def behind(cluster: Cluster, up_to: Ends, shares: Collection[Share] | None = None) -> int:
    """Events below these ends that are not finished, summed over subscribers: of these shares, or of all."""
    unfinished = 0
    for subscriber, topics in TOPICS.items():
        found = await patiently(partial(cluster.read.positions.progress, subscriber))
        for (topic, number), end in up_to.items():
            if topic in topics and (shares is None or Share(subscriber, topic, number) in shares):
                one = found.get(Partition(topic, number))
                unfinished += max(0, end - (one.finished if one else 0))
    return unfinished


async def drained(cluster: Cluster) -> None:
    """Returns once every subscriber has finished everything. Raises TimeoutError."""
    last = [Position(*place, end - 1) for place, end in (await ends(cluster)).items() if end]
    async with asyncio.timeout(patient(DRAINED_WITHIN_S)):
        for subscriber, topics in TOPICS.items():
            own = [place for place in last if place.topic in topics]
            finished = partial(cluster.read.positions.wait, [subscriber], own, WAIT_S, own)
            while not await patiently(finished):
                pass
