"""Bulk: commands about streams that nobody has written yet, many of them decided and written together. For imports.

Ledger, then log, as the handler does it, in the same order and with the same announcements: only that each step is
taken for all of them at once. Whatever is not plainly a first version is left to the handler, which says what becomes
of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from commands.aggregate import Command
from commands.handling import SERVER_ERROR, Cause, Handler
from commands.invariants import BrokenInvariant, end_process
from commands.ports import LedgerRow
from events.envelope import Event, Recorded
from schemas.errors import PhotologError

Said = tuple[Command, Cause]


@dataclass(frozen=True)
class Bulk:
    """Of one process, beside its handler. Commands given together are about different streams, and carry nothing."""

    handler: Handler

    async def written(self, said: Sequence[Said]) -> list[int]:
        """How many events each added; of those that added none the handler knows more. Raises Unavailable."""
        handler = self.handler
        try:
            handler.clock.check()
            async with handler.transactions.together():
                decided = await self._decided(said)
                stand = await self._inserted_and_appended(decided)
        except BrokenInvariant as broken:
            end_process("an import", broken)
        handler.streams.tally.commands += len(stand)
        return [len(decided.get(command.stream, ())) if command.stream in stand else 0 for command, _ in said]

    async def _decided(self, said: Sequence[Said]) -> dict[str, list[Recorded[Event]]]:
        """By stream, of those that have no version yet, where something comes of the command."""
        looked_at = {name for command, _ in said for name in (command.stream, *command.needs)}
        unwritten = await self.handler.ledger.unwritten(sorted(looked_at))
        decided = {}
        for command, cause in said:
            if command.stream in unwritten and (events := await self._events(command, unwritten)):
                decided[command.stream] = await self.handler.recorded(events, command, cause, 1)
        return decided

    async def _events(self, command: Command, unwritten: set[str]) -> list[Event]:
        """What the command decides; nothing where it is refused, since the handler says so better."""
        handler = self.handler
        others: list[Any] = [None if name in unwritten else await handler.looked_at(name) for name in command.needs]
        try:
            await handler.actors.check(command)
            return handler.states.aggregate(command.stream).decide(None, command, *others)
        except PhotologError as refusal:
            if refusal.status >= SERVER_ERROR:
                raise
            return []

    async def _inserted_and_appended(self, decided: dict[str, list[Recorded[Event]]]) -> set[str]:
        """The streams whose versions stand, and are in the log. Of the others somebody else took the first version."""
        if not decided:
            return set()
        rows: dict[str, list[LedgerRow]] = {name: [] for name in decided}
        for row in await self.handler.sealing.sealed([one for events in decided.values() for one in events]):
            rows[row.stream].append(row)
        async with self.handler.announcer.all_announced([(name, of[-1].version) for name, of in rows.items()]):
            taken = await self.handler.ledger.insert_each(list(rows.values()))
            stand = [of for of, inserted in zip(rows.values(), taken, strict=True) if inserted]
            await self.handler.streams.append_firsts(stand)
        return {of[0].stream for of in stand}
