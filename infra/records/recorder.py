"""StreamRecorder: a ledger's streams as the eventsourcing library records them, whatever store is behind it."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eventsourcing.persistence import AggregateRecorder, IntegrityError, StoredEvent

from commands.ports import LedgerRow
from schemas.ids import CommandId, EventId

LOWEST, HIGHEST = -1, 2**63 - 1


@dataclass(frozen=True)
class Asked:
    """Which versions of a stream are asked for: above `above` up to `up_to`, from one end, at most `limit`."""

    stream: str
    above: int = LOWEST
    up_to: int = HIGHEST
    newest_first: bool = False
    limit: int | None = None


class StreamRecorder(AggregateRecorder):
    """The library's AggregateRecorder: `topic` is our type, `state` our wire, an originator id our stream.

    Its calls do not await; an adapter says how it inserts and finds rows without an event loop.
    """

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, command_id: str = "", event_ids: Sequence[str] = (), **_: Any
    ) -> None:
        """Inserts all or none. Raises IntegrityError if a version is taken. The ids are ours and may be left out."""
        ids = event_ids or [""] * len(stored_events)
        rows = [
            LedgerRow.of(event, EventId(event_id), CommandId(command_id))
            for event, event_id in zip(stored_events, ids, strict=True)
        ]
        if rows and not self.insert_now(rows):
            raise IntegrityError(f"a version of {rows[0].stream} from {rows[0].version} on is taken")

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> list[StoredEvent]:
        """Versions above `gt` up to `lte`, with the originator id as it was given."""
        above, up_to = LOWEST if gt is None else gt, HIGHEST if lte is None else lte
        rows = self.find_now(Asked(str(originator_id), above, up_to, desc, limit))
        return [StoredEvent(originator_id, row.version, row.type, row.wire) for row in rows]

    @abstractmethod
    def insert_now(self, rows: Sequence[LedgerRow]) -> bool:
        """Inserts versions of one stream, all or none. False if one of them is taken. Blocks."""

    @abstractmethod
    def find_now(self, asked: Asked) -> list[LedgerRow]:
        """These versions, as the ledger keeps them. Blocks."""
