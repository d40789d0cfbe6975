"""What the runtime hands to a subscriber: decoded events with their places, one batch from one partition."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from commands.ports import Entry, Vault
from events.codec import decode, subject_of
from events.envelope import Event, Recorded
from schemas.positions import Position


@dataclass(frozen=True)
class Delivery:
    """One event and where it stands."""

    recorded: Recorded[Event]
    position: Position


class Subscriber(Protocol):
    """Whoever is fed by the log: a projection or a reaction."""

    @property
    def id(self) -> str:
        """Under which its positions are kept."""

    @property
    def topics(self) -> Sequence[str]:
        """What it is fed from."""

    async def take(self, batch: Sequence[Delivery]) -> None:
        """Does everything that the batch asks for, then advances the position. Safe to repeat."""


async def decoded(entries: Sequence[Entry], vault: Vault) -> list[Delivery]:
    """The events of these entries, personal fields opened where the key still stands."""
    keys = await vault.keys(sorted({subject_of(entry.wire) for entry in entries}))
    return [Delivery(decode(entry.wire, keys), entry.position) for entry in entries]
