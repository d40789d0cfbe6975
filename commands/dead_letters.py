"""The dead-letter aggregate: one stream for each event that a subscriber cannot take. Held by the runtime, else ordered
by operators, who say why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from commands.aggregate import Aggregate, Command
from events.dead_letters import Letter, LetterDiscarded, LetterHeld, LetterReplaced, LetterRetried
from events.envelope import Event
from schemas.errors import Gone
from schemas.refusals import UnknownLetter

Status = Literal["held", "retried", "replaced", "discarded"]

STATUS: Mapping[type[Event], Status] = {
    LetterHeld: "held",
    LetterRetried: "retried",
    LetterReplaced: "replaced",
    LetterDiscarded: "discarded",
}
"""What a letter is after each event."""


@dataclass(frozen=True)
class DeadLetter:
    """The letter as it was said last, and what became of it."""

    letter: Letter
    status: Status


@dataclass(frozen=True)
class LetterCommand(Command):
    subscriber: str
    letter_id: str

    @property
    def stream(self) -> str:
        return letter_stream(self.subscriber, self.letter_id)


@dataclass(frozen=True)
class HoldLetter(LetterCommand):
    """It cannot be taken. `tried`: the version of the stream that was known when it was tried; 0: none."""

    held: LetterHeld
    tried: int


@dataclass(frozen=True)
class OperatorCommand(LetterCommand):
    reason: str


@dataclass(frozen=True)
class RetryLetter(OperatorCommand):
    """Try again: the code was mended, perhaps."""


@dataclass(frozen=True)
class DiscardLetter(OperatorCommand):
    """Pass it over."""


@dataclass(frozen=True)
class ReplaceLetter(OperatorCommand):
    """Read this instead, base64 of an event's wire form."""

    wire: str


def letter_stream(subscriber: str, letter_id: str) -> str:
    """The stream of one letter."""
    return f"dead_letter/{subscriber}/{letter_id}"


def decide(letter: DeadLetter | None, command: LetterCommand) -> list[Event]:
    if isinstance(command, HoldLetter):
        return _held(letter, command)
    if letter is None:
        raise UnknownLetter
    if letter.status == "discarded":
        if isinstance(command, DiscardLetter):
            return []
        raise Gone("this letter was discarded")
    said = dict(letter.letter)
    match command:
        case RetryLetter(reason=reason):
            return [LetterRetried(**{**said, "reason": reason})]
        case DiscardLetter(reason=reason):
            return [LetterDiscarded(**{**said, "reason": reason})]
        case ReplaceLetter(reason=reason, wire=wire):
            return [LetterReplaced(**{**said, "reason": reason, "wire": wire})]
    raise TypeError(f"nothing is known of {type(command).__name__}")


def _held(letter: DeadLetter | None, command: HoldLetter) -> list[Event]:
    """News is only what an operator's last word did not help: whoever does not know of that word yet tries again."""
    if letter is None:
        return [command.held]
    unheard = letter.status in {"held", "discarded"} or not command.tried
    return [] if unheard else [command.held.model_copy(update={"wire": letter.letter.wire})]


def evolve(_letter: DeadLetter | None, event: Event) -> DeadLetter:
    if not isinstance(event, Letter):
        raise TypeError(f"{type(event).__name__} does not happen to a dead letter")
    return DeadLetter(Letter(**dict(event)), STATUS[type(event)])


DEAD_LETTER = Aggregate("dead_letter", evolve, decide, state=DeadLetter)
