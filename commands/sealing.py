"""Sealing: recorded events to ledger rows and back, with the keys of those whose personal data is in them."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from commands.aggregate import EventMapper
from commands.ports import LedgerRow, Vault
from events.codec import Keys, subject_of
from events.envelope import EVENT_TYPES, Event, Recorded
from schemas.errors import TokenInvalid

REMEMBERED_S, REMEMBERED = 30.0, 10_000
"""How long, and how many, opened events are remembered. Rows never change, but keys are destroyed: that is noticed
after so many seconds, at the latest."""


@dataclass(frozen=True)
class Sealing:
    """Asks the vault only for keys that something needs."""

    vault: Vault
    steady: Callable[[], float] = time.monotonic
    _opened: dict[str, tuple[float, Recorded[Event]]] = field(default_factory=dict)
    """By event id: until when, and what; the oldest first."""

    async def opened(self, rows: Sequence[LedgerRow]) -> list[Recorded[Event]]:
        """The events of these rows; personal fields are REDACTED where the key is destroyed."""
        now = self.steady()
        known = {row.event_id: self._opened[row.event_id] for row in rows if row.event_id in self._opened}
        events = {event_id: event for event_id, (until, event) in known.items() if until > now}
        missing = [row for row in rows if row.event_id not in events]
        if missing:
            mapper = EventMapper(await self._keys(subject_of(row.wire) for row in missing if _has_secrets(row.type)))
            for row in missing:
                events[row.event_id] = mapper.to_domain_event(row.stored_event)
                self._remember(row.event_id, now, events[row.event_id])
        return [events[row.event_id] for row in rows]

    async def sealed(self, recorded: Sequence[Recorded[Event]]) -> list[LedgerRow]:
        """The rows of these events. Raises TokenInvalid where personal fields belong to an account that is gone."""
        keys = await self._keys(one.subject for one in recorded if one.event.personal)
        if None in keys.values():
            raise TokenInvalid("this account does not exist any more")
        mapper = EventMapper(keys)
        return [LedgerRow.of(mapper.to_stored_event(one), one.id, one.causation) for one in recorded]

    async def _keys(self, subjects: Iterable[str]) -> Keys:
        wanted = sorted(set(subjects))
        return await self.vault.keys(wanted) if wanted else {}

    def _remember(self, event_id: str, now: float, event: Recorded[Event]) -> None:
        self._opened.pop(event_id, None)
        self._opened[event_id] = (now + REMEMBERED_S, event)
        while len(self._opened) > REMEMBERED or next(iter(self._opened.values()))[0] <= now:
            del self._opened[next(iter(self._opened))]


def _has_secrets(type_name: str) -> bool:
    """Whether a type has personal fields; of one that is no longer written, nobody remembers."""
    known = EVENT_TYPES.get(type_name)
    return known is None or bool(known.personal)
