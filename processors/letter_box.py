"""The letter box: what operators see of dead letters, and what they order. Read and ordered by `photolog dlq`."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from commands.dead_letters import DiscardLetter, OperatorCommand, ReplaceLetter, RetryLetter
from commands.handling import Cause, Decision, Handler
from commands.ports import Entry, Log, Vault
from events.codec import NewerVersion
from events.envelope import Event, Recorded
from processors.dead_letters import letter_id
from processors.holds import HOLDS
from processors.planning import Poison, keys_of, read
from projections.dead_letters import LETTERS
from projections.ports import TableReads
from schemas.errors import FieldError, ValidationFailed
from schemas.ids import AccountId
from schemas.refusals import UnknownLetter
from schemas.tables import Row

AT_ONCE = 500
INCOMPARABLE = {0, ""}
"""What headers say that an event does not have."""


@dataclass(frozen=True)
class LetterBox:
    """All subscribers' letters."""

    handler: Handler
    tables: TableReads
    log: Log
    vault: Vault
    subscribers: Sequence[str]
    """With their versions."""

    async def waiting(self) -> list[dict[str, Any]]:
        """Every letter that something waits behind now, with who waits where."""
        found = []
        for partition in await self.log.ends():
            for subscriber in self.subscribers:
                for hold in await self.tables.slice(HOLDS, (subscriber, *partition), AT_ONCE):
                    letter = await self._letter(subscriber.partition("@")[0], hold["letter_id"])
                    found.append({**(letter or {}), **hold})
        return found

    async def shown(self, name: str) -> list[dict[str, Any]]:
        """A letter, for each subscriber that has it, with the entry as the log holds it. Raises UnknownLetter."""
        return [{**letter, "entry": _text((await self._entry(letter)).wire)} for letter in await self._letters(name)]

    async def retry(self, name: str, actor: AccountId, reason: str) -> list[str]:
        """Has it tried again. Who it was ordered for."""
        return [
            await self._order(RetryLetter(actor, letter["subscriber"], name, reason))
            for letter in await self._letters(name)
        ]

    async def discard(self, name: str, actor: AccountId, reason: str) -> list[str]:
        """Has it passed over, for ever and by all who read it. Who it was ordered for."""
        return [
            await self._order(DiscardLetter(actor, letter["subscriber"], name, reason))
            for letter in await self._letters(name)
        ]

    async def replace(self, name: str, actor: AccountId, reason: str, wire: bytes) -> list[str]:
        """Has this read instead. Raises ValidationFailed unless it is the same event, readable."""
        letters = await self._letters(name)
        for letter in letters:
            await self._check(await self._entry(letter), wire)
        text = base64.b64encode(wire).decode()
        return [await self._order(ReplaceLetter(actor, one["subscriber"], name, reason, text)) for one in letters]

    async def _check(self, original: Entry, wire: bytes) -> None:
        entry = original._replace(wire=wire)
        try:
            event: Recorded[Event] = read(entry, await keys_of([entry], self.vault))
        except (NewerVersion, Poison) as error:
            raise ValidationFailed([FieldError("file", f"cannot be read: {error}")]) from None
        said = {"id": original.event_id, "stream": original.stream, "version": original.version}
        for field, value in said.items():
            if value not in INCOMPARABLE and getattr(event, field) != value:
                raise ValidationFailed([FieldError(field, f"is {value} in the log")])

    async def _order(self, order: OperatorCommand) -> str:
        command_id = await self.handler.ids.command_id()
        decided: Decision = await self.handler.handle(order, Cause(command_id, command_id))
        return f"{order.subscriber}: {decided.state.status}"

    async def _letters(self, name: str) -> list[Row]:
        names = dict.fromkeys(subscriber.partition("@")[0] for subscriber in self.subscribers)
        found = [letter for one in names if (letter := await self._letter(one, name)) is not None]
        if not found:
            raise UnknownLetter
        return found

    async def _letter(self, subscriber: str, name: str) -> Row | None:
        return (await self.tables.get(LETTERS, [(subscriber, name)])).get((subscriber, name))

    async def _entry(self, letter: Row) -> Entry:
        place = letter["topic"], letter["log_partition"], letter["log_offset"]
        (entry,) = await self.log.read(*place, 1)
        assert letter_id(entry) == letter["letter_id"], "the log is another one"
        return entry


def _text(wire: bytes) -> str:
    return wire.decode(errors="backslashreplace")
