"""What this process has read and may show again without asking: rows and counts by cache name. Filled by reads.py.

Whoever keeps the copies says which of them may have changed (ports.Caches.hear). A value is kept only if nothing was
heard of its name since before it was read; so what is here is what the store would answer, once a store has answered
anything that was asked later (ports.Caches.fence). What is not there is not remembered, so that made-up names cannot
crowd out real ones.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from projections.ports import Changed

MOST = 100_000
"""Entries of one process; the oldest go first. A post takes some 4 KB, an account some 500 B."""


@dataclass(slots=True, eq=False)
class Entry:
    """One row, count or whatever else was read. `row` is None where there is none."""

    row: Any


@dataclass(eq=False)
class Flight:
    """Names that are being read just now. `spoiled` are those that changed meanwhile: answered, but not kept."""

    answer: "asyncio.Future[Mapping[str, Entry]]"
    names: Collection[str]
    spoiled: set[str] = field(default_factory=set)


Load = Callable[[Sequence[str]], Awaitable[Mapping[str, Entry]]]
"""Reads all of these names."""


class Memory:
    """Bounded; one read of a name at a time: many who miss the same wait for the first."""

    def __init__(self, most: int = MOST) -> None:
        self.entries: dict[str, Entry] = {}
        """What is known; for looking into, not for changing."""
        self._most = most
        self._listeners: list[Changed] = []
        self._flights: dict[str, Flight] = {}

    async def read(self, names: Iterable[str], load: Load) -> dict[str, Entry]:
        """The entries of these names; those that are not known are read. Raises what `load` raises."""
        found: dict[str, Entry] = {}
        others: dict[str, Flight] = {}
        missing: list[str] = []
        for name in names:
            entry = self.entries.get(name)
            if entry is not None:
                found[name] = entry
            elif (flight := self._flights.get(name)) is not None:
                others[name] = flight
            elif name not in found:
                missing.append(name)
        if missing:
            found.update(await self._fly(list(dict.fromkeys(missing)), load))
        for name, flight in others.items():
            found[name] = (await _landed(flight)).get(name) or (await self._fly([name], load))[name]
        return found

    async def renew(self, name: str, load: Load) -> Entry:
        """The entry of this name, read anew even if there is one: it does not say enough."""
        self.entries.pop(name, None)
        return (await self.read([name], load))[name]

    def hear(self, changed: Changed) -> None:
        """From now on `changed` hears what is forgotten, for the sake of what was made of it."""
        self._listeners.append(changed)

    def forget(self, names: Collection[str] | None) -> None:
        """These may have changed; None: anything may have."""
        for changed in self._listeners:
            changed(names)
        if names is None:
            self.entries.clear()
            for flight in self._flights.values():
                flight.spoiled.update(flight.names)
            self._flights.clear()
            return
        for name in names:
            self.entries.pop(name, None)
            if name in self._flights:
                self._flights.pop(name).spoiled.add(name)

    async def _fly(self, names: Sequence[str], load: Load) -> Mapping[str, Entry]:
        flight = Flight(asyncio.get_running_loop().create_future(), names)
        self._flights.update(dict.fromkeys(names, flight))
        read: Mapping[str, Entry] = {}
        try:
            read = await load(names)
            self._keep({name: one for name, one in read.items() if one.row is not None and name not in flight.spoiled})
        finally:
            for name in names:
                if self._flights.get(name) is flight:
                    del self._flights[name]
            flight.answer.set_result(read)
        return read

    def _keep(self, entries: Mapping[str, Entry]) -> None:
        self.entries.update(entries)
        surplus = len(self.entries) - self._most
        if surplus > 0:
            for name in [name for _, name in zip(range(surplus), self.entries, strict=False)]:
                del self.entries[name]


async def _landed(flight: Flight) -> Mapping[str, Entry]:
    """What others read; nothing, where their read failed: who waited then reads for itself."""
    return await asyncio.shield(flight.answer)
