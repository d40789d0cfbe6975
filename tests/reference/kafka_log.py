"""The cluster's log, read through KafkaLog: what it holds twice is one event, at its first place."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from commands.ports import Log
from infra.kafka.connection import KafkaConnection
from infra.kafka.log import KafkaLog
from tests.partitions import PARTITIONS
from tests.reference.log import LogEvent, log_event

AT_ONCE = 1_000


async def read_cluster_log(environment: Mapping[str, str]) -> list[LogEvent]:
    """Every event of the site's log, in the order of its topic, partition and (first) offset."""
    prefix = f"{site}." if (site := environment.get("PHOTOLOG_SITE", "")) else ""
    log = KafkaLog(KafkaConnection(environment["PHOTOLOG_KAFKA"]), PARTITIONS, prefix)
    try:
        ends = await log.ends()
        return once_each([event for place in sorted(ends) for event in await read_partition(log, *place, ends[place])])
    finally:
        await log.close()


def once_each(events: Iterable[LogEvent]) -> list[LogEvent]:
    """Late duplicates become part of the event that they repeat."""
    first: dict[str, LogEvent] = {}
    for event in events:
        known = first.setdefault(event.event_id, event)
        if known is not event:
            assert _is_same(known, event), f"{event} stands in the log under the id of {known}"
            first[event.event_id] = replace(known, again=(*known.again, event.offset))
    return list(first.values())


async def read_partition(log: Log, topic: str, partition: int, end: int, start: int = 0) -> list[LogEvent]:
    """Every event from `start` on, in order, what is there twice included."""
    events: list[LogEvent] = []
    while start + len(events) < end:
        entries = await log.read(topic, partition, start + len(events), AT_ONCE)
        assert entries, f"{topic}[{partition}] ends at {start + len(events)} and said {end}"
        for entry in entries:
            place = entry.position
            said = entry.stream, entry.version, entry.event_id, entry.type
            events.append(log_event(place.topic, place.partition, place.offset, *said, entry.wire))
    return events


def _is_same(one: LogEvent, other: LogEvent) -> bool:
    """Whether both say the same; a like that is repeated is written anew, at another time."""
    return replace(other, offset=one.offset, again=one.again, at=one.at, data=one.data) == one
