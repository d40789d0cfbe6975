"""The language of aggregate tests: `given(events).when(command).then(events)`. Pure: fold, decide, and fold again."""

from dataclasses import dataclass
from typing import Any

import pytest

from commands.aggregate import Command
from commands.all import AGGREGATES
from events.envelope import Event
from schemas.errors import PhotologError


@dataclass(frozen=True)
class Given:
    """What has happened to one stream, and the states of the other streams that a decision looks at."""

    events: tuple[Event, ...]
    others: tuple[Any, ...] = ()

    def and_(self, *others: Any) -> "Given":
        """The states of the streams that the command needs, in its order; None for one that does not exist."""
        return Given(self.events, others)

    def when(self, command: Command) -> "When":
        """What somebody wants now."""
        return When(self, command)


@dataclass(frozen=True)
class When:
    """A command that is about to be decided."""

    given: Given
    command: Command

    def decided(self) -> list[Event]:
        """What the aggregate makes of it. The decision must fold: no aggregate says what it cannot read."""
        aggregate = AGGREGATES[self.command.stream.partition("/")[0]]
        state = None if aggregate.numbered else folded(*self.given.events, kind=aggregate.kind)
        events = aggregate.decide(state, self.command, *self.given.others)
        if not aggregate.numbered:
            folded(*self.given.events, *events, kind=aggregate.kind)
        return events

    def then(self, *events: Event) -> None:
        """Exactly these events follow."""
        assert self.decided() == list(events)

    def then_nothing(self) -> None:
        """It is not news."""
        self.then()

    def then_refused(self, error: type[PhotologError]) -> None:
        """Refused with exactly this error."""
        with pytest.raises(error) as refusal:
            self.decided()
        assert type(refusal.value) is error


def given(*events: Event) -> Given:
    """What has happened so far; nothing for a stream that does not exist yet."""
    return Given(events)


def folded(*events: Event, kind: str) -> Any:
    """The state of a stream of this kind after these events."""
    state: Any = None
    for event in events:
        state = AGGREGATES[kind].evolve(state, event)
    return state
