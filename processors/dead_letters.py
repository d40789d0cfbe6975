"""Dead letters of one subscriber: events that it cannot take are told of, and what operators say of them is honoured.

By live readers, rebuilds and folds alike: by event id, and under the subscriber's name without its version.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass

from commands.aggregate import SYSTEM
from commands.dead_letters import HoldLetter
from commands.handling import Cause, Handler
from commands.ports import Entry
from events.dead_letters import LetterHeld
from processors.planning import Poison
from projections.dead_letters import LETTERS
from projections.ports import TableReads, chunks
from schemas.ids import AccountId
from schemas.tables import Row

AT_ONCE = 500
_ID = re.compile(r"[A-Za-z0-9_]{1,64}")

Letters = Mapping[str, Row]
"""By letter id, what was said of it last: rows of LETTERS."""


def letter_id(entry: Entry) -> str:
    """The event's id; for what has none that we could have given, its place."""
    if _ID.fullmatch(entry.event_id):
        return entry.event_id
    place = entry.position
    return f"at_{place.topic}_{place.partition}_{place.offset}"


def honoured(entry: Entry, letters: Letters) -> Entry | None:
    """The entry as it is to be read: itself, what it was replaced with, or None where it was discarded."""
    letter = letters.get(letter_id(entry))
    if letter is None:
        return entry
    if letter["status"] == "discarded":
        return None
    return entry if letter["wire"] is None else entry._replace(wire=base64.b64decode(letter["wire"]))


@dataclass
class DeadLetters:
    """Those of one subscriber."""

    handler: Handler
    tables: TableReads
    subscriber: str
    """Without its version."""
    told: int = 0
    """How often this process said of an event that it cannot be taken, and it was news."""

    async def tell(self, entry: Entry, poison: Poison, held: str, tried: int) -> None:
        """Durable on return. Told again, it is no news. `tried`: what was said of the letter when it was tried."""
        letter = LetterHeld(
            subscriber=self.subscriber,
            letter_id=letter_id(entry),
            event_id=entry.event_id,
            topic=entry.position.topic,
            partition=entry.position.partition,
            offset=entry.position.offset,
            held=held,
            type=entry.type,
            code=poison.code,
            field=poison.field,
            wire=None,
        )
        actor = AccountId(f"{SYSTEM}{self.subscriber}")
        command_id = await self.handler.ids.command_id()
        command = HoldLetter(actor, self.subscriber, letter.letter_id, letter, tried)
        decided = await self.handler.handle(command, Cause(command_id, command_id))
        self.told += bool(decided.events)

    async def all(self) -> dict[str, Row]:
        """What was said of every letter."""
        found: dict[str, Row] = {}
        rows = await self.tables.slice(LETTERS, (self.subscriber,), AT_ONCE)
        while rows:
            found |= {row["letter_id"]: row for row in rows}
            rows = await self.tables.slice(LETTERS, (self.subscriber,), AT_ONCE, (rows[-1]["letter_id"],))
        return found

    async def some(self, letter_ids: list[str]) -> dict[str, Row]:
        """What was said of these, where something was."""
        found: dict[str, Row] = {}
        for keys in chunks([(self.subscriber, one) for one in letter_ids]):
            found |= {row["letter_id"]: row for row in (await self.tables.get(LETTERS, keys)).values()}
        return found
