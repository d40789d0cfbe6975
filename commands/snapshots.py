"""Snapshots: states of long streams, kept in the ledger, sealed with the key of the stream's subject.

They save work and are never needed: one that is missing, of another release, or whose key is destroyed, is none.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from cachetools import TTLCache

from commands.aggregate import Aggregate
from commands.ports import Ledger, LedgerRow, Snapshot, Vault
from commands.releases import read, release_of, written
from commands.remembered import remembered
from events.personal import Redacted, seal, unseal
from schemas.errors import PhotologError
from schemas.ids import EventId

logger = logging.getLogger("photolog.snapshots")


@dataclass(frozen=True)
class Reached:
    """What a stream had come to when this event was its last."""

    version: int
    event_id: EventId
    state: Any


NOTHING = Reached(0, EventId(""), None)
"""Where every stream begins."""


@dataclass(frozen=True)
class Snapshots:
    """Asks the ledger, and the vault for keys."""

    ledger: Ledger
    vault: Vault
    seen: TTLCache[str, Reached] = field(default_factory=remembered)
    """Opened ones, by their events' ids: what a stream had come to never changes, but keys are destroyed. By ids and
    not by streams, because a version may be seen here that is taken back before it is durable."""

    async def newest(self, aggregate: Aggregate[Any], stream: str, rows: list[LedgerRow]) -> Reached:
        """The newest that can be read; NOTHING if there is none. `rows` are the stream's newest."""
        for row in reversed(rows):
            if row.event_id in self.seen:
                return self.seen[row.event_id]
        kept = await self.ledger.snapshot(stream, release_of(aggregate))
        if kept is None:
            return NOTHING
        key = (await self.vault.keys([kept.subject]))[kept.subject]
        try:
            state = unseal(kept.sealed, key, kept.event_id, _bound_to(kept.release))
            if isinstance(state, Redacted):
                return NOTHING
            reached = Reached(kept.version, kept.event_id, read(aggregate, state))
        except ValueError as error:
            logger.warning("a snapshot of a %s cannot be read: %s", aggregate.kind, type(error).__name__)
            return NOTHING
        self.seen[kept.event_id] = reached
        return reached

    async def keep(self, aggregate: Aggregate[Any], stream: str, reached: Reached, subject: str) -> None:
        """Keeps what stands in the log. A store that is away costs the next reader some time, and no command."""
        with suppress(PhotologError):
            key = (await self.vault.keys([subject]))[subject]
            if key is not None:
                release = release_of(aggregate)
                sealed = seal(written(aggregate, reached.state), key, reached.event_id, _bound_to(release))
                kept = Snapshot(stream, release, reached.version, reached.event_id, subject, sealed)
                await self.ledger.keep_snapshot(kept)


def _bound_to(release: str) -> str:
    """The field that a sealed state is bound to, beside its event."""
    return f"state {release}"
