"""Reads what is selected of the log: each event once, at its first place, as operators have it read."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import orjson

import infra.event_schemas  # noqa: F401 - registers every event type
from commands.ports import Entry
from events.codec import Keys
from events.delivery import Delivery
from events.replay import FirstTimes, Selection
from infra.history.keyless import NO_KEYS
from infra.history.orders import read_orders
from infra.history.source import Offsets, Source
from processors.dead_letters import Letters, honoured
from processors.planning import Poison, read

KeysOf = Callable[[Sequence[Entry]], Awaitable[Keys]]
"""Fetches what some entries are sealed with."""


async def no_keys(_entries: Sequence[Entry]) -> Keys:
    """Nothing personal is opened."""
    return NO_KEYS


def selected(entries: Sequence[Entry], selection: Selection, letters: Letters, firsts: FirstTimes) -> list[Entry]:
    """Those of consecutive entries that are wanted; one that was replaced has the bytes that stand for it."""
    if selection.raw:
        return [entry for entry in entries if wanted(entry, selection)]
    return [
        known
        for entry in entries
        if selection.may_take(entry)
        and firsts.is_first(entry.event_id or str(entry.position))
        and (known := honoured(entry, letters)) is not None
        and wanted(known, selection)
    ]


def wanted(entry: Entry, selection: Selection) -> bool:
    """Whether an entry is one of a selection. What cannot be read says of itself neither subject nor time."""
    if not selection.may_take(entry):
        return False
    if not selection.subjects and selection.since is None and selection.until is None:
        return True
    try:
        said = orjson.loads(entry.wire)
    except orjson.JSONDecodeError:
        return False
    return isinstance(said, dict) and selection.takes(said)


async def replay(
    source: Source,
    selection: Selection = Selection(),
    *,
    starts: Offsets | None = None,
    ends: Offsets | None = None,
    keys: KeysOf = no_keys,
) -> AsyncIterator[Delivery]:
    """Events as today's types, in the order of the log within each partition; up to the log's end, or up to `ends`.

    What cannot be read is left out, as live readers put it aside. Raises NewerVersion for what a newer release wrote.
    """
    until = await source.ends() if ends is None else ends
    letters = (await read_orders(source, await source.ends())).analysts
    firsts = FirstTimes()
    async for entries in source.read(starts or {}, until):
        found = selected(entries, selection, letters, firsts)
        known = await keys(found) if found else NO_KEYS
        for entry in found:
            try:
                yield Delivery(read(entry, known), entry.position)
            except Poison:
                continue
