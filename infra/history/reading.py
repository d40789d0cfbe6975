"""Reads what is selected of the log: each event once, at its first place, as operators have it read."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import orjson

import infra.event_schemas  # noqa: F401 - registers every event type
from commands.ports import Entry
from events.codec import Keys
from events.envelope import Event, Recorded, stem_and_version
from events.replay import FirstTimes, Selection
from infra.history.keyless import NO_KEYS
from infra.history.orders import read_orders
from infra.history.source import Offsets, Source
from processors.dead_letters import Letters, honoured
from processors.planning import Poison, loaded, read_loaded

KeysOf = Callable[[Sequence[Entry]], Awaitable[Keys]]
"""Fetches what some entries are sealed with."""


KINDS: list[tuple[str, type]] = [
    *((name, str) for name in ("id", "stream", "actor", "subject", "correlation", "causation")),
    ("at", int),
    ("version", int),
]
"""Of the envelope: readers in Python do not mind, columns do."""


@dataclass(slots=True)
class Readable:
    """An entry that could be read."""

    entry: Entry
    raw: dict[str, Any]
    """As it was stored."""
    stem: str
    """Its type without a version."""
    schema_version: int
    """Under which it was stored."""


@dataclass(slots=True)
class Told(Readable):
    """The same with what it tells."""

    recorded: Recorded[Event]
    """As today's type."""


async def no_keys(_entries: Sequence[Entry]) -> Keys:
    """Nothing personal is opened."""
    return NO_KEYS


def selected(entries: Sequence[Entry], selection: Selection, letters: Letters, firsts: FirstTimes) -> list[Entry]:
    """Those of consecutive entries that are wanted; one that was replaced has the bytes that stand for it."""
    known = [entry for entry in entries if selection.may_take(entry)] if selection.picks else entries
    if not selection.raw:
        firsts_only = firsts.among([entry.event_id or str(entry.position) for entry in known])
        known = list(compress(known, firsts_only))
    if letters:
        known = [read_as for entry in known if (read_as := honoured(entry, letters)) is not None]
    return [entry for entry in known if wanted(entry, selection)] if selection.looks_inside else list(known)


def wanted(entry: Entry, selection: Selection) -> bool:
    """Whether an entry is one of a selection. What cannot be read says of itself neither subject nor time."""
    if not selection.may_take(entry):
        return False
    if not selection.looks_inside:
        return True
    try:
        said = orjson.loads(entry.wire)
    except orjson.JSONDecodeError:
        return False
    return isinstance(said, dict) and selection.takes(said)


def told(entry: Entry, keys: Keys) -> Told | Poison:
    """What an entry says, or why nobody can read it. Raises NewerVersion."""
    try:
        raw = loaded(entry)
        recorded = read_loaded(raw, keys)
    except Poison as poison:
        return poison
    for name, kind in KINDS:
        if type(raw[name]) is not kind:
            return Poison("invalid_field", name)
    stem, version = stem_and_version(raw["type"])
    return Told(entry, raw, stem, version, recorded)


async def pages(
    source: Source,
    selection: Selection = Selection(),
    *,
    starts: Offsets | None = None,
    ends: Offsets | None = None,
    keys: KeysOf = no_keys,
) -> AsyncIterator[list[Told]]:
    """What is selected, some thousand at a time, in the order of the log within each partition; up to its end.

    What cannot be read is left out, as live readers put it aside. Raises NewerVersion for what a newer release wrote.
    """
    now = await source.ends()
    letters = {} if selection.raw else (await read_orders(source, now)).analysts
    firsts = FirstTimes()
    async for entries in source.read(starts or {}, now if ends is None else ends):
        found = selected(entries, selection, letters, firsts)
        if found:
            known = await keys(found)
            yield [one for entry in found if isinstance(one := told(entry, known), Told)]
