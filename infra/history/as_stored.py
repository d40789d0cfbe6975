"""What is exported of entries: each checked as every reader checks it, and its personal fields as they are stored.

Entries that today's release would write are taken by the thousand; what is older, or odd in any way, one by one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError, create_model

from commands.ports import Entry
from events.envelope import EVENT_TYPES, Event, stem_and_version
from infra.history.keyless import NO_KEYS
from infra.history.reading import KINDS, Readable, told
from processors.planning import Poison

T = TypeVar("T")
Checked = Callable[[list[Any]], list[Event]]
ENVELOPE = itemgetter("type", *(name for name, _ in KINDS))
OF_KIND = [str, *(kind for _, kind in KINDS)]


@dataclass(slots=True)
class AsStored(Readable):
    """An entry that could be read, whose keys nobody has asked for."""

    event: Event
    """As today's type, but for the personal fields: those are as they were stored."""


def as_stored(entries: Sequence[Entry]) -> list[AsStored | Poison]:
    """What each entry says, or why nobody can read it. Raises NewerVersion."""
    found = dict[int, AsStored | Poison]()
    for name, places in alike(entry.type for entry in entries).items():
        same = [entries[place] for place in places]
        found.update(zip(places, _together(name, same) or map(alone, same), strict=True))
    return [found[place] for place in range(len(entries))]


def alike(keys: Iterable[T]) -> Mapping[T, list[int]]:
    """Where each key stands."""
    found: dict[T, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        found[key].append(place)
    return found


def _together(name: str, entries: Sequence[Entry]) -> list[AsStored] | None:
    """Entries of one type of today; None where any of them is anything else."""
    if name not in EVENT_TYPES:
        return None
    try:
        raws = [orjson.loads(entry.wire) for entry in entries]
        envelopes = zip(*map(ENVELOPE, raws), strict=True)
        if any({*map(type, values)} != {kind} for kind, values in zip(OF_KIND, envelopes, strict=True)):
            return None
        if any(raw["type"] != name for raw in raws):
            return None
        events = _checked(name)([raw["data"] for raw in raws])
    except (orjson.JSONDecodeError, ValidationError, LookupError, TypeError):
        return None
    stem, version = stem_and_version(name)
    found = zip(entries, raws, events, strict=True)
    return [AsStored(entry, raw, stem, version, event) for entry, raw, event in found]


@cache
def _checked(name: str) -> Checked:
    """Makes events of what some say; personal fields must be there, and may be anything."""
    event_type = EVENT_TYPES[name]
    personal: dict[str, Any] = dict.fromkeys(event_type.personal, (Any, ...))
    kept = create_model(event_type.__name__, __base__=event_type, **personal) if personal else event_type
    return TypeAdapter(list[kept]).validate_python  # type: ignore[valid-type]


def alone(entry: Entry) -> AsStored | Poison:
    """The same of one, by the way that any reader takes."""
    one = told(entry, NO_KEYS)
    if isinstance(one, Poison):
        return one
    event, data = one.recorded.event, one.raw["data"]
    sealed = event.model_copy(update={field: data.get(field) for field in event.personal})
    return AsStored(entry, one.raw, one.stem, one.schema_version, sealed)
