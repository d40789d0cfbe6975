"""What every aggregate is made of: commands, a fold of events (`evolve`) and a decision (`decide`), all pure.

The eventsourcing library gives the persistence side: streams are its originators, ledgers its AggregateRecorders, and
EventMapper its Mapper, with one cipher key per subject where the library's own has one for all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar, cast

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent

from events.codec import Keys, decode, encode
from events.envelope import Event, Recorded
from events.topics import is_numbered
from schemas.ids import AccountId

SYSTEM = "system:"
"""Actors that are not accounts: `system:<what>`."""


@dataclass(frozen=True)
class Command:
    """Something that somebody wants. `actor` is an account, or `system:<what>`."""

    actor: AccountId

    while_suspended: ClassVar[bool] = False
    """Whether a suspended account may say it too."""

    @property
    def stream(self) -> str:
        """The stream that this command decides about."""
        raise NotImplementedError

    @property
    def needs(self) -> Sequence[str]:
        """Other streams whose state the decision looks at, in the order in which `decide` takes them."""
        return ()

    def needs_besides(self, _others: Sequence[Any]) -> Sequence[str]:
        """Still other streams, which only the states of those that it `needs` name; `decide` takes them after these."""
        return ()

    @property
    def carries(self) -> "Command | None":
        """A command about a stream that does not exist yet and that nobody else knows, decided along with this one."""
        return None


S = TypeVar("S")


@dataclass(frozen=True)
class Aggregate(Generic[S]):
    """One kind of stream: how its state follows from its events, and what a command does to it.

    One that is `numbered` has no stream: its events only carry a rising number, and its state is always None.
    """

    kind: str
    evolve: Callable[[S | None, Any], S]
    decide: Callable[..., list[Event]]
    state: Any = None
    """The type of its state, as annotations name it: how a snapshot is written and read."""
    release: int = 1
    """Raised whenever `evolve` comes to another state than before: no snapshot of an earlier release is used then."""
    remembered: bool = False
    """Whether commands about other streams may look at a state that is as old as commands.remembered says."""
    said: Callable[..., list[Event]] = lambda _command, *_others: []
    """Of a numbered aggregate: the events of a command that was decided before, and is to be said again. As `decide`,
    without a state."""

    @property
    def numbered(self) -> bool:
        """Whether it has no stream. Declared in events/topics.py, where readers of the log look too."""
        return is_numbered(self.kind)

    def fold(self, events: Sequence[Recorded[Event]], state: S | None = None) -> S | None:
        """The state after these events, which come after `state`."""
        for recorded in events:
            state = self.evolve(state, recorded.event)
        return state


class EventMapper(Mapper[str]):
    """The library's Mapper over our codec: recorded events to stored events and back, with these subjects' keys."""

    def __init__(self, keys: Keys) -> None:
        super().__init__(JSONTranscoder())
        self._keys = keys

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        recorded = cast(Recorded[Event], domain_event)
        return StoredEvent(recorded.stream, recorded.version, recorded.type, encode(recorded, self._keys))

    def to_domain_event(self, stored_event: StoredEvent) -> Recorded[Event]:
        return decode(stored_event.state, self._keys)
