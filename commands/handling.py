"""From a command to recorded events: load, decide, record in the ledger, append to the log, answer with the position.

DESIGN "ledger, then log": whoever inserts version N has decided it, and whatever stands above a stream's mark is
appended before anything else happens to that stream. So the log never holds a loser, a hole, or another order.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from commands.accounts import ACCOUNT, USERNAME, ClaimUsername, account_stream
from commands.aggregate import SYSTEM, Aggregate, Command, EventMapper
from commands.comments import COMMENT_AGGREGATE
from commands.follows import FOLLOW
from commands.ids import Snowflakes
from commands.likes import LIKE
from commands.ports import Ledger, LedgerRow, Log, Mark, Transactions, Vault
from commands.posts import POST
from events.codec import subject_of
from events.envelope import Event, Recorded
from schemas.errors import TokenInvalid, Unavailable
from schemas.ids import EVENT, ID_DIGITS, CommandId, EventId, Millis
from schemas.positions import Position

AGGREGATES: dict[str, Aggregate[Any]] = {
    aggregate.kind: aggregate for aggregate in (ACCOUNT, USERNAME, POST, FOLLOW, LIKE, COMMENT_AGGREGATE)
}
MAX_CONFLICTS = 20
"""Times that a command starts over because others decided about its stream first."""


@dataclass(frozen=True)
class Cause:
    """Why a command is handled: its id, which survives retries, and the request or event that it goes back to."""

    command_id: CommandId
    correlation: str


@dataclass(frozen=True)
class Decision:
    """What became of a command: the stream's state after it, and where its outcome can be seen."""

    state: Any
    events: list[Recorded[Event]]
    positions: list[Position]


@dataclass(frozen=True)
class Handler:
    """Handles any command. Holds no state: any number of processes may handle commands of one stream."""

    ledger: Ledger
    log: Log
    vault: Vault
    transactions: Transactions
    ids: Snowflakes
    clock: Callable[[], Millis]

    async def handle(self, command: Command, cause: Cause) -> Decision:
        """Decides a command once. Raises the refusal of `decide`, or Unavailable after too many conflicts."""
        aggregate = AGGREGATES[command.stream.partition("/")[0]]
        async with self.transactions.together():
            if aggregate.numbered:
                return await self._number(aggregate, command, cause)
            for _ in range(MAX_CONFLICTS):
                decision = await self._attempt(aggregate, command, cause)
                if decision is not None:
                    return decision
        raise Unavailable("too many others decide about this at once")

    async def state(self, stream: str) -> Any:
        """The state of a stream, None if it has none; also finishes what is not yet in the log."""
        rows = await self.ledger.load(stream)
        await self._finish(stream, rows)
        return AGGREGATES[stream.partition("/")[0]].fold(await self._events(rows))

    async def _attempt(self, aggregate: Aggregate[Any], command: Command, cause: Cause) -> Decision | None:
        rows = await self.ledger.load(command.stream)
        mark = await self._finish(command.stream, rows)
        events = await self._events(rows)
        done = [event for event in events if event.causation == cause.command_id]
        if done and mark:
            return Decision(aggregate.fold(events), done, [mark.position])
        state = aggregate.fold(events)
        decided = aggregate.decide(state, command, *await self._needed(command))
        if not decided:
            return Decision(state, [], [mark.position] if mark else [])
        recorded = [
            self._recorded(event, command, cause, version, EventId(f"{EVENT}_{await self.ids.digits()}"))
            for version, event in enumerate(decided, start=len(rows) + 1)
        ]
        new_rows = await self._rows(recorded)
        if not await self.ledger.insert(new_rows):
            return None
        position = await self._append(command.stream, new_rows)
        return Decision(aggregate.fold([*events, *recorded]), recorded, [position])

    async def _number(self, aggregate: Aggregate[Any], command: Command, cause: Cause) -> Decision:
        needed = await self._needed(command)
        before = await self.ledger.numbered(command.stream, cause.command_id)
        # Decided before a crash, it stays decided, whatever has become of the post since.
        decided = aggregate.decide(None, command, *needed) if before is None else aggregate.said(command)
        number = await self.ledger.number(command.stream, cause.command_id)
        event_id = EventId(f"{EVENT}_{cause.command_id[-ID_DIGITS:]}")  # the same in every retry: a late duplicate
        recorded = [self._recorded(event, command, cause, number, event_id) for event in decided]
        return Decision(None, recorded, await self.log.append(await self._rows(recorded)))

    async def _needed(self, command: Command) -> list[Any]:
        """States of the other streams that a decision looks at. An actor must be an account that exists."""
        opens = command.stream == account_stream(command.actor) or isinstance(command, ClaimUsername)
        by_account = not (opens or command.actor.startswith(SYSTEM))
        if by_account and not await self.ledger.load(account_stream(command.actor)):
            raise TokenInvalid("this account does not exist any more")
        return [await self.state(stream) for stream in command.needs]

    def _recorded(
        self, event: Event, command: Command, cause: Cause, version: int, event_id: EventId
    ) -> Recorded[Event]:
        return Recorded(
            id=event_id,
            stream=command.stream,
            version=version,
            at=self.clock(),
            actor=command.actor,
            causation=cause.command_id,
            correlation=cause.correlation,
            event=event,
        )

    async def _finish(self, stream: str, rows: Sequence[LedgerRow]) -> Mark | None:
        """Appends what stands above the mark, left there by a process that died, and moves the mark."""
        mark = await self.ledger.mark(stream)
        missing = [row for row in rows if mark is None or row.version > mark.version]
        if not missing:
            return mark
        return Mark(missing[-1].version, await self._append(stream, missing))

    async def _append(self, stream: str, rows: Sequence[LedgerRow]) -> Position:
        position = (await self.log.append(rows))[-1]
        await self.ledger.move_mark(stream, Mark(rows[-1].version, position))
        return position

    async def _events(self, rows: Sequence[LedgerRow]) -> list[Recorded[Event]]:
        mapper = EventMapper(await self.vault.keys(sorted({subject_of(row.wire) for row in rows})))
        return [mapper.to_domain_event(row.stored_event) for row in rows]

    async def _rows(self, recorded: Sequence[Recorded[Event]]) -> list[LedgerRow]:
        mapper = EventMapper(await self.vault.keys(sorted({event.subject for event in recorded})))
        return [LedgerRow.of(mapper.to_stored_event(event), event.id, event.causation) for event in recorded]
