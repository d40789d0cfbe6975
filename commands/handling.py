"""From a command to recorded events: load, decide, record in the ledger, append to the log, answer with the position.

Ledger, then log: whoever inserts version N has decided it, and streams.py appends whatever stands above a stream's mark
before anything else happens to that stream. So the log never holds a loser or a hole, and what it holds for the first
time it holds in the stream's order.
"""

import asyncio
import random
from asyncio import gather
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from cachetools import TTLCache

from commands.actors import Actors
from commands.aggregate import Aggregate, Command
from commands.announcing import Announcer
from commands.correlation import correlated
from commands.ids import Snowflakes
from commands.invariants import BrokenInvariant, end_process
from commands.ports import Clock, Ledger, LedgerRow, Span, Traces, Transactions, Untraced
from commands.remembered import ACCOUNTS_S, remembered
from commands.sealing import Sealing
from commands.states import States, Stream
from commands.streams import Streams
from commands.turns import Turns
from events.envelope import Event, Recorded
from schemas.errors import PhotologError, Unavailable
from schemas.ids import EVENT_PREFIX, ID_DIGITS, CommandId, EventId
from schemas.positions import Position

SERVER_ERROR = 500
"""HTTP status from which on it is our fault, or the stores', and not the command's."""
MAX_CONFLICTS = 20
"""Times that a command starts over because others decided about its stream first."""
PAUSE_S, MAX_PAUSE_S = 0.002, 0.2
"""Before it starts over: up to this, doubled each time."""


@dataclass(frozen=True)
class Cause:
    """Why a command is handled: its id, which survives retries, and the request or event that it goes back to."""

    command_id: CommandId
    correlation: str
    number: int = 0
    """The number that it was given, if it is about something that has numbers; 0: it takes the next."""
    again: bool = False
    """Whether an earlier attempt, under the same id and number, may have got somewhere."""


@dataclass(frozen=True)
class Decision:
    """What became of a command: the stream's state after it, and where its outcome can be seen."""

    state: Any
    events: list[Recorded[Event]]
    positions: list[Position]


@dataclass(frozen=True)
class Handler:
    """Handles any command. Holds no state that matters: any number of processes may handle commands of one stream."""

    ledger: Ledger
    streams: Streams
    states: States
    sealing: Sealing
    announcer: Announcer
    actors: Actors
    transactions: Transactions
    ids: Snowflakes
    clock: Clock
    traces: Traces = field(default_factory=Untraced)
    turns: Turns = field(default_factory=Turns)
    seen: TTLCache[str, Any] = field(default_factory=partial(remembered, within_s=ACCOUNTS_S))
    """States of streams whose aggregate may be remembered, if they have one."""

    async def handle(self, command: Command, cause: Cause) -> Decision:
        """Decides a command once. Raises the refusal of `decide`, or Unavailable after too many conflicts."""
        tally = self.streams.tally
        try:
            self.clock.check()
            with correlated(cause.correlation), self.traces.span(_span(command, cause)):
                async with self.transactions.together(), self.turns.at(command.stream):
                    decision = await self._decided(command, cause)
        except BrokenInvariant as broken:
            end_process("the handler", broken)
        except PhotologError as error:
            tally.refused += error.status < SERVER_ERROR
            tally.failed += error.status >= SERVER_ERROR
            raise
        tally.commands += 1
        return decision

    async def state(self, stream: str) -> Any:
        """The state of a stream, None if it has none; also finishes what is not yet in the log."""
        try:
            return (await self.states.load(stream)).state
        except BrokenInvariant as broken:
            end_process("the handler", broken)

    async def _decided(self, command: Command, cause: Cause) -> Decision:
        aggregate = self.states.aggregate(command.stream)
        if aggregate.numbered:
            return await self._number(aggregate, command, cause)
        for conflicts in range(MAX_CONFLICTS):
            decision = await self._attempt(aggregate, command, cause)
            if decision is not None:
                return decision
            self.streams.tally.conflicts += 1
            await asyncio.sleep(random.uniform(0, min(PAUSE_S * 2**conflicts, MAX_PAUSE_S)))
        raise Unavailable("too many others decide about this at once")

    async def _attempt(self, aggregate: Aggregate[Any], command: Command, cause: Cause) -> Decision | None:
        """One round; None when somebody else took the version that this wanted."""
        stream, others, _ = await gather(
            self.states.load(command.stream), self._states(command), self.actors.check(command)
        )
        done = await self._done(stream, cause)
        if done and done[-1].version > stream.last:
            return None  # an insert of its own landed after the stream was read: it is not known to be in the log
        if done:
            places = await self.streams.places(done, stream.mark)
            return Decision(stream.state, await self.sealing.opened(done), places)
        try:
            decided = aggregate.decide(stream.state, command, *others)
        except PhotologError:
            if await self._nothing_above(stream):
                raise
            return None
        if not decided:
            places = [stream.mark.position] if stream.mark else []
            return Decision(stream.state, [], places) if await self._nothing_above(stream) else None
        recorded = await self.recorded(decided, command, cause, stream.last + 1)
        rows = await self._rows(recorded, command, cause)
        async with self.announcer.announced(stream.name, rows[-1].version):
            if not await self.ledger.insert(rows):
                return None
            places = await self.streams.append(rows)
        state = aggregate.fold(recorded, stream.state)
        await self.states.keep(stream, recorded, state)
        return Decision(state, recorded, places)

    async def _done(self, stream: Stream, cause: Cause) -> Sequence[LedgerRow]:
        """What the command decided before, wherever in the stream that is."""
        if stream.whole:
            return [row for row in stream.rows if row.command_id == cause.command_id]
        return await self.ledger.of_command(stream.name, cause.command_id)

    async def _nothing_above(self, stream: Stream) -> bool:
        """Whether a command that inserts nothing may be answered: what does insert finds out by itself."""
        return await self.ledger.settled(stream.name, stream.last)

    async def _number(self, aggregate: Aggregate[Any], command: Command, cause: Cause) -> Decision:
        """No stream and no row: the number is moved on before the append, and of two events the higher one stands."""
        others, taken, _ = await gather(
            self._states(command), self.ledger.number(command.stream), self.actors.check(command)
        )
        number = cause.number or taken + 1
        # Decided before a crash, it stays decided, whatever has become of the post since.
        before = cause.again and taken >= number
        decided = aggregate.said(command, *others) if before else aggregate.decide(None, command, *others)
        await self.ledger.take_number(command.stream, number)
        # Its id is the same in every retry, which then appends a late duplicate.
        event_id = EventId(f"{EVENT_PREFIX}_{cause.command_id[-ID_DIGITS:]}")
        recorded = await self.recorded(decided, command, cause, number, event_id)
        rows = await self.sealing.sealed(recorded)
        return Decision(None, recorded, await self.streams.log.append(rows))

    async def _rows(self, recorded: list[Recorded[Event]], command: Command, cause: Cause) -> list[LedgerRow]:
        """The rows to insert; the last carries what is decided along with it about a stream that nobody else knows."""
        rows = await self.sealing.sealed(recorded)
        if command.carries is not None:
            other = command.carries
            decided = self.states.aggregate(other.stream).decide(None, other)
            carried = await self.sealing.sealed(await self.recorded(decided, other, cause, 1))
            rows[-1] = replace(rows[-1], carried=tuple(carried))
        return rows

    async def recorded(
        self, decided: Sequence[Event], command: Command, cause: Cause, first: int, event_id: EventId | None = None
    ) -> list[Recorded[Event]]:
        """These events in their envelopes, from this version on; a single one may have its id already."""
        return [
            Recorded(
                id=event_id or EventId(f"{EVENT_PREFIX}_{await self.ids.digits()}"),
                stream=command.stream,
                version=version,
                at=self.clock(),
                actor=command.actor,
                causation=cause.command_id,
                correlation=cause.correlation,
                event=event,
            )
            for version, event in enumerate(decided, start=first)
        ]

    async def _states(self, command: Command) -> list[Any]:
        """States of the other streams that a decision looks at. It adds nothing to them: their marks do not matter."""
        needed = await gather(*map(self.looked_at, command.needs))
        return [*needed, *await gather(*map(self.looked_at, command.needs_besides(needed)))]

    async def looked_at(self, name: str) -> Any:
        """The state of a stream that a decision is only to look at: as old as may be, where it may be remembered."""
        if (known := self.seen.get(name)) is not None:
            return known
        state = await self.states.look(name)
        if state is not None and self.states.aggregate(name).remembered:
            self.seen[name] = state
        return state


def _span(command: Command, cause: Cause) -> Span:
    kind = command.stream.partition("/")[0]
    return Span(type(command).__name__, cause.correlation, cause.command_id, attributes={"photolog.aggregate": kind})
