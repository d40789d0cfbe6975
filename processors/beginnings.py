"""Where subscribers begin that tell people something: at the end of the log, when the site first has them.

Written down beside their positions by whichever process is first, before it takes a command. So a new release tells
nobody of years ago, and neither do read models that are made again from nothing.
"""

from collections.abc import Iterable, Mapping

import orjson

from commands.ports import Log
from processors.planning import Subscriber
from projections.ports import Positions
from projections.site import SiteRows
from schemas.positions import Partition


async def begin_now(subscribers: Iterable[Subscriber], rows: SiteRows, log: Log, positions: Positions) -> None:
    """Those that have no beginning get one; safe to repeat, by any number of processes, whoever ends in between."""
    for one in subscribers:
        if await rows.read(_done(one)) is None:
            await _moved(one, await _beginning(one, rows, log, positions), log, positions)
            await rows.write(_done(one), "", after=0)


async def _beginning(subscriber: Subscriber, rows: SiteRows, log: Log, positions: Positions) -> Mapping[Partition, int]:
    """What the first to ask has written: nowhere, if a release that wrote no beginning has fed it."""
    name = f"begins/{subscriber.id}"
    if (row := await rows.read(name)) is None:
        fed = bool(await positions.progress(subscriber.id))
        there = {} if fed else await log.ends()
        ends = [(*place, end) for place, end in there.items() if place[0] in subscriber.topics and end]
        await rows.write(name, orjson.dumps(ends).decode(), after=0)
        row = await rows.read(name)
        assert row is not None, "whoever was first has written it"
    return {Partition(topic, number): end for topic, number, end in orjson.loads(row.content)}


async def _moved(subscriber: Subscriber, to: Mapping[Partition, int], log: Log, positions: Positions) -> None:
    """Past what was there. Positions only move forward: whoever is further already stays there."""
    for partition, end in to.items():
        (last,) = await log.read(*partition, end - 1, 1)
        await positions.advance(subscriber.id, last.position, last.event_id)


def _done(subscriber: Subscriber) -> str:
    return f"began/{subscriber.id}"
