"""What the runtime hands to a subscriber: decoded events with their places, one batch from one partition."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from commands.ports import Entry, Vault
from events.codec import NewerVersion, Undecodable, decode, subject_of
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
    """The events up to the first that cannot be read, personal fields opened where the key still stands.

    Raises what is wrong with the first entry; a batch is cut before any other, so that nothing waits that need not.
    """
    keys = await vault.keys(sorted({subject_of(entry.wire) for entry in entries}))
    deliveries: list[Delivery] = []
    for entry in entries:
        try:
            deliveries.append(Delivery(decode(entry.wire, keys), entry.position))
        except (NewerVersion, Undecodable):
            if not deliveries:
                raise
            break
    return deliveries
