"""Sealing: recorded events to ledger rows and back, with the keys of those whose personal data is in them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cachetools import TTLCache

from commands.aggregate import EventMapper
from commands.ports import LedgerRow, Vault
from commands.remembered import remembered
from events.codec import Keys, subject_of
from events.envelope import EVENT_TYPES, Event, Recorded
from schemas.errors import TokenInvalid


@dataclass(frozen=True)
class Sealing:
    """Asks the vault only for keys that something needs."""

    vault: Vault
    seen: TTLCache[str, Recorded[Event]] = field(default_factory=remembered)
    """Opened events, by their ids. Rows never change, but keys are destroyed."""

    async def opened(self, rows: Sequence[LedgerRow]) -> list[Recorded[Event]]:
        """The events of these rows; personal fields are REDACTED where the key is destroyed."""
        known = {row.event_id: self.seen.get(row.event_id) for row in rows}
        events = {event_id: event for event_id, event in known.items() if event is not None}
        missing = [row for row in rows if row.event_id not in events]
        if missing:
            mapper = EventMapper(await self._keys(subject_of(row.wire) for row in missing if _has_secrets(row.type)))
            for row in missing:
                events[row.event_id] = self.seen[row.event_id] = mapper.to_domain_event(row.stored_event)
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


def _has_secrets(type_name: str) -> bool:
    """Whether a type has personal fields; of one that is no longer written, nobody remembers."""
    known = EVENT_TYPES.get(type_name)
    return known is None or bool(known.personal)
