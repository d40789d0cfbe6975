"""The end of the log: its last events, and then whatever is appended, as lines to be read or as JSON."""

import asyncio
from collections.abc import AsyncIterator

import orjson

from commands.ports import Entry
from events.replay import Selection
from infra.history.reading import wanted
from infra.history.source import Offsets, Source
from schemas.positions import Partition
from schemas.times import rfc3339

LOOK_S = 0.1
"""How often the end is looked at: appends of other processes tell nobody."""
BACK = 200
"""How far back a partition is looked through at once."""


async def last(source: Source, selection: Selection, number: int, ends: Offsets) -> list[Entry]:
    """The last so many below these ends that are selected, in the order in which the log took them."""
    found: list[Entry] = []
    for place, end in ends.items():
        found += await _last_of(source, place, end, selection, number)
    return sorted(found, key=lambda entry: (entry.at, entry.position))[-number:] if number else []


async def following(source: Source, selection: Selection, before: Offsets) -> AsyncIterator[Entry]:
    """What is appended behind these ends, for ever."""
    while True:
        ends = await source.ends()
        if ends == before:
            await asyncio.sleep(LOOK_S)
            continue
        async for entries in source.read(before, ends):
            for entry in entries:
                if wanted(entry, selection):
                    yield entry
        before = ends


def line(entry: Entry) -> str:
    """When, what, about what, by whom and where; no field of the event."""
    place = entry.position
    where = f"{Partition.of(place)} {place.offset}"
    return f"{rfc3339(entry.at)}  {entry.type:28} {where:28} {entry.stream}#{entry.version}{_by(entry)}"


def as_json(entry: Entry) -> str:
    """The event as it is stored, personal fields sealed, and its place; of what is no JSON the place alone."""
    place = entry.position
    where = {"topic": place.topic, "partition": place.partition, "position": place.offset}
    said = _said(entry)
    return orjson.dumps({**said, **where} if said else {"id": entry.event_id, "type": entry.type, **where}).decode()


async def _last_of(source: Source, place: Partition, end: int, selection: Selection, number: int) -> list[Entry]:
    found: list[Entry] = []
    while end > 0 and len(found) < number:
        start, here = max(0, end - max(BACK, number)), []
        async for entries in source.read({place: start}, {place: end}):
            here += [entry for entry in entries if wanted(entry, selection)]
        found, end = [*here, *found], start
    return found[-number:] if number else []


def _by(entry: Entry) -> str:
    actor = _said(entry).get("actor")
    return f"  by {actor}" if isinstance(actor, str) else ""


def _said(entry: Entry) -> dict[str, object]:
    try:
        said = orjson.loads(entry.wire)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}
