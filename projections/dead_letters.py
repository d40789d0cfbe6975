"""What became of events that a subscriber cannot take. Fed by events/dead_letters.py; read by the runtime, who honours
what operators said, by rebuilds alike, and by `photolog dlq`."""

from events.dead_letters import Letter, LetterDiscarded, LetterHeld, LetterReplaced, LetterRetried
from events.envelope import Recorded
from projections.effects import Effects, Projection, Put
from schemas.positions import DEAD_LETTERS
from schemas.tables import INT, TEXT, TIME, Table

LETTERS = Table(
    "letters",
    partition="subscriber",
    order="letter_id",
    columns={
        "said": INT,
        "status": TEXT,
        "event_id": TEXT,
        "topic": TEXT,
        "log_partition": INT,
        "log_offset": INT,
        "held": TEXT,
        "type": TEXT,
        "code": TEXT,
        "field": TEXT,
        "wire": TEXT,
        "reason": TEXT,
        "actor": TEXT,
        "said_at": TIME,
    },
)
"""`said` is the version of the letter's stream; it rises with whatever is said about the letter."""

PROJECTION = Projection("dead_letters", topics=[DEAD_LETTERS], tables=[LETTERS])
STATUS: dict[type[Letter], str] = {
    LetterHeld: "held",
    LetterRetried: "retried",
    LetterReplaced: "replaced",
    LetterDiscarded: "discarded",
}


@PROJECTION.projects(*STATUS)
def said(recorded: Recorded[Letter]) -> Effects:
    letter = recorded.event
    yield Put(
        LETTERS,
        subscriber=letter.subscriber,
        letter_id=letter.letter_id,
        said=recorded.version,
        status=STATUS[type(letter)],
        event_id=letter.event_id,
        topic=letter.topic,
        log_partition=letter.partition,
        log_offset=letter.offset,
        held=letter.held,
        type=letter.type,
        code=letter.code,
        field=letter.field,
        wire=letter.wire,
        reason=getattr(letter, "reason", ""),
        actor=recorded.actor,
        said_at=recorded.at,
    )
