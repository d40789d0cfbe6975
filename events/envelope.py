"""An event type's declaration (`@recorded`), and the envelope around every event that was recorded."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from events.personal import Sealed
from schemas.ids import CommandId, EventId, Millis


class Event(BaseModel):
    """Something that happened, in the past tense. Frozen; validated when made and when decoded."""

    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True, hide_input_in_errors=True)

    type_name: ClassVar[str]
    subject_field: ClassVar[str]
    """The field that names whose personal data this is."""
    personal: ClassVar[tuple[str, ...]] = ()
    """The fields that are encrypted with the subject's key."""

    @property
    def subject(self) -> str:
        """The account whose key seals the personal fields."""
        return str(getattr(self, self.subject_field))


E = TypeVar("E", bound=Event)
E_co = TypeVar("E_co", bound=Event, covariant=True)

EVENT_TYPES: dict[str, type[Event]] = {}
"""Today's event types by their explicit names, `noun.verb.vN`: one version of each, the one that is written."""


@lru_cache(1024)
def stem_and_version(name: str) -> tuple[str, int]:
    """`noun.verb.vN` taken apart."""
    stem, _, version = name.rpartition(".v")
    return stem, int(version)


def version_of(stem: str) -> str | None:
    """The name of today's version of `noun.verb`; None if there is none."""
    return next((name for name in EVENT_TYPES if stem_and_version(name)[0] == stem), None)


def recorded(name: str, *, subject: str) -> Callable[[type[E]], type[E]]:
    """Gives an event type its name on the wire, for ever, and says which field names its subject."""

    def register(event_type: type[E]) -> type[E]:
        if name in EVENT_TYPES:
            raise TypeError(f"{name} is taken by {EVENT_TYPES[name].__name__}")
        if written := version_of(stem_and_version(name)[0]):
            raise TypeError(f"{name}: only one version is written, and that is {written}")
        event_type.type_name = name
        event_type.subject_field = subject
        event_type.personal = tuple(
            field
            for field, info in event_type.model_fields.items()
            if any(isinstance(m, Sealed) for m in info.metadata)
        )
        EVENT_TYPES[name] = event_type
        return event_type

    return register


@dataclass(frozen=True)
class Recorded(Generic[E_co]):
    """One event as the log holds it."""

    id: EventId
    stream: str
    version: int
    """The event's number: its place in its stream, from 1."""
    at: Millis
    actor: str
    """The account that acted, or `system:<what>`."""
    causation: CommandId
    """The command that decided it."""
    correlation: str
    """The request, or the event, that everything in this chain goes back to."""
    event: E_co

    @property
    def type(self) -> str:
        """Today's name, even of what was stored under an older version: log and ledger keep that beside the bytes."""
        return self.event.type_name

    @property
    def subject(self) -> str:
        return self.event.subject

    @property
    def originator_id(self) -> str:
        """The stream, as the eventsourcing library names it."""
        return self.stream

    @property
    def originator_version(self) -> int:
        """The version, as the eventsourcing library names it."""
        return self.version

    def envelope(self) -> dict[str, Any]:
        """Everything but the event's own data."""
        return {
            "id": self.id,
            "type": self.type,
            "schema_version": stem_and_version(self.type)[1],
            "stream": self.stream,
            "version": self.version,
            "at": self.at,
            "actor": self.actor,
            "causation": self.causation,
            "correlation": self.correlation,
            "subject": self.subject,
        }
