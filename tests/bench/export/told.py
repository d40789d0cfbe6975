"""What the log of a bench tells: follows, likes, comments and posts of a month, personal fields sealed.

What is more than TOLD of them says the same again, under ids of its own: to make an event costs more than to export it.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from commands.ports import LedgerRow
from events.codec import encode
from events.comments import CommentWritten
from events.envelope import Event, Recorded
from events.follows import Followed
from events.likes import PostLiked
from schemas.ids import ALPHABET, ID_DIGITS, AccountId, CommandId, CommentId, EventId, PostId
from tests.integration.handlers import row_of
from tests.unit.samples import NOON, PUBLISHED

TOLD, PEOPLE, SEED, PAGE = 200_000, 2_000, 11, 5_000
SHARED = 7
"""Characters that the ids of all events have at their beginning: the prefix, and of the digits the first."""
MONTH_MS = 30 * 24 * 3600 * 1000
KEY = bytes(32)


def rows(events: int) -> Iterator[list[LedgerRow]]:
    """Pages of what is told: a whole number of times TOLD, where that is less."""
    told_first = min(events, TOLD)
    told, pages = history(told_first), list[list[LedgerRow]]()
    while page := list(islice(told, PAGE)):
        pages.append([row_of(one, encode(one, {one.subject: KEY})) for one in page])
        yield pages[-1]
    for number in range(1, events // told_first):
        for page_ in pages:
            yield [again(row, ALPHABET[number]) for row in page_]


def again(row: LedgerRow, digit: str) -> LedgerRow:
    """The same under an id of its own: the digit takes the place of one that all ids share."""
    event_id = EventId(f"{row.event_id[:4]}{digit}{row.event_id[5:]}")
    return replace(row, event_id=event_id, wire=row.wire.replace(row.event_id.encode(), event_id.encode()))


def digits(number: int) -> str:
    """The digits of an id."""
    found = ""
    for _ in range(ID_DIGITS):
        number, digit = divmod(number, len(ALPHABET))
        found = ALPHABET[digit] + found
    return found


def history(events: int) -> Iterator[Recorded[Event]]:
    """Who does what, in the order of time."""
    draw = random.Random(SEED)
    for n in range(events):
        who, whom = (AccountId(f"ac_{digits(draw.randrange(PEOPLE))}") for _ in range(2))
        post = PostId(f"po_{digits(draw.randrange(max(1, n // 10)))}")
        kind = n % 10
        event: Event
        if kind == 0:
            post = PostId(f"po_{digits(n // 10)}")
            event, stream = PUBLISHED.model_copy(update={"author_id": who}), f"post/{post}"
        elif kind < 4:
            event, stream = Followed(follower_id=who, followee_id=whom), f"follow/{who}/{whom}/{n}"
        elif kind < 5:
            comment = CommentId(f"co_{digits(n)}")
            event = CommentWritten(
                post_id=post,
                comment_id=comment,
                author_id=who,
                text="So very fine",
                written_at=NOON,
                post_author_id=whom,
                mentions=(),
            )
            stream = f"comment/{post}/{comment}"
        else:
            event, stream = PostLiked(post_id=post, account_id=who, author_id=whom), f"like/{post}/{who}"
        id_, at = digits((NOON << 22) + n), NOON + n * MONTH_MS // events
        yield Recorded(EventId(f"ev_{id_}"), stream, 1, at, who, CommandId(f"cm_{id_}"), f"cm_{id_}", event)
