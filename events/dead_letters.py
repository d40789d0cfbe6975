"""What becomes of events that a subscriber cannot be fed with. Decided in commands/dead_letters.py; on photolog.dlq.

A letter names an event and its place, what is wrong and where, never a value. Each event says the whole letter.
"""

from events.envelope import Event, recorded
from schemas.ids import EventId


class Letter(Event):
    """One event, as one subscriber cannot take it. The subscriber goes without its version: a rebuild agrees."""

    subscriber: str
    letter_id: str
    """The event's id; where it has none, made of its place."""
    event_id: EventId
    topic: str
    partition: int
    offset: int
    held: str
    """The stream that waits behind it; empty: none does."""
    type: str
    code: str
    field: str
    """The field at fault, or where in the code it failed."""
    wire: str | None
    """What is to be read instead, as base64; None: the event itself."""


@recorded("dead_letter.held.v1", subject="subscriber")
class LetterHeld(Letter):
    """It cannot be taken; its stream waits behind it."""


@recorded("dead_letter.retried.v1", subject="subscriber")
class LetterRetried(Letter):
    """An operator wants it tried again."""

    reason: str


@recorded("dead_letter.replaced.v1", subject="subscriber")
class LetterReplaced(Letter):
    """An operator says what is to be read instead."""

    reason: str


@recorded("dead_letter.discarded.v1", subject="subscriber")
class LetterDiscarded(Letter):
    """An operator says that it is to be passed over, by whoever reads it."""

    reason: str
