"""The write side of a process over whatever stores a test has, and what commands and events look like to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from commands.actors import Actors
from commands.announcing import Announcer
from commands.handling import Cause, Handler
from commands.ids import Snowflakes
from commands.ports import Announcements, Ledger, LedgerRow, Log, Transactions, Vault
from commands.sealing import Sealing
from commands.snapshots import Snapshots
from commands.states import States
from commands.streams import Streams
from commands.tally import Tally
from events.envelope import Event, Recorded
from infra.process.clock import OwnClock, wall_clock
from schemas.ids import CommandId, EventId


class Alone:
    """The Transactions port of a backend without transactions: every write stands alone."""

    binds = False

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        yield


def a_handler(
    ledger: Ledger,
    log: Log,
    announcements: Announcements,
    vault: Vault,
    transactions: Transactions,
    instance: str = "test",
    **states: Any,
) -> Handler:
    """The handler of a process over these stores; `states` are fields of its States."""
    streams, sealing = Streams(ledger, log, Tally()), Sealing(vault)
    looked = States(streams, sealing, Snapshots(ledger, vault), **states)
    return Handler(
        ledger=ledger,
        streams=streams,
        states=looked,
        sealing=sealing,
        announcer=Announcer(announcements, ledger, instance),
        actors=Actors(looked.look),
        transactions=transactions,
        ids=Snowflakes(ledger, wall_clock),
        clock=OwnClock(),
    )


def row_of(event: Recorded[Event], wire: bytes) -> LedgerRow:
    """An event as ledger and log keep it."""
    return LedgerRow(event.stream, event.version, EventId(event.id), event.causation, event.type, wire)


def cause(name: str) -> Cause:
    """Why a command is handled; the same name is the same command."""
    return Cause(CommandId(name), name)
