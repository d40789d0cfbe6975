"""Where an event stands in the log, and the opaque `Log-Position` token that carries such places between requests."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from schemas.errors import BadPosition

ACCOUNTS, POSTS, FOLLOWS, ENGAGEMENT = "photolog.accounts", "photolog.posts", "photolog.follows", "photolog.engagement"
TOPICS = (ACCOUNTS, POSTS, FOLLOWS, ENGAGEMENT)
"""Tokens name a topic by its index here: only ever append. Keys and partitions are declared in events/topics.py."""

MAX_PLACES = 8
"""Places that one token holds; the oldest are dropped: a token may say less, never something false."""
MAX_TOKEN = 256
MAX_OFFSET = 2**63 - 1


class Partition(NamedTuple):
    """One sequence of events: a topic, and which of its partitions."""

    topic: str
    number: int

    @classmethod
    def of(cls, position: "Position") -> "Partition":
        """The partition that a position is in."""
        return cls(position.topic, position.partition)

    def __str__(self) -> str:
        return f"{self.topic}[{self.number}]"


@dataclass(frozen=True, order=True)
class Position:
    """One event's place: topic, partition, offset (from 0, consecutive within the partition)."""

    topic: str
    partition: int
    offset: int


def encode_token(positions: Iterable[Position]) -> str:
    """The token of these places: the highest offset of each partition, those mentioned last kept longest."""
    highest: dict[tuple[int, int], int] = {}
    for place in positions:
        key = (TOPICS.index(place.topic), place.partition)
        highest[key] = max(place.offset, highest.pop(key, 0))
    places = [[topic, partition, offset] for (topic, partition), offset in highest.items()]
    return base64.urlsafe_b64encode(orjson.dumps(places[-MAX_PLACES:])).rstrip(b"=").decode()


def decode_token(token: str) -> list[Position]:
    """The places in a token. Raises BadPosition for anything that `encode_token` did not write."""
    if len(token) > MAX_TOKEN:
        raise BadPosition
    try:
        places = orjson.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise BadPosition from error
    if not isinstance(places, list) or len(places) > MAX_PLACES:
        raise BadPosition
    return [_position(place) for place in places]


def _position(place: object) -> Position:
    match place:
        case [int(topic), int(partition), int(offset)] if not any(isinstance(part, bool) for part in place):
            if topic in range(len(TOPICS)) and 0 <= min(partition, offset) <= max(partition, offset) <= MAX_OFFSET:
                return Position(TOPICS[topic], partition, offset)
    raise BadPosition
