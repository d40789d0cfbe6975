"""Where an event stands in the log, and the opaque `Log-Position` token that carries such places between requests.

A token is base64url of: a byte that says the form, the log's id, and for each place, in order of their numbers
(partition * TOPIC_NUMBERS + the topic's index), what the number is above the one before, and the offset, as varints.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import orjson

from schemas.errors import BadPosition

ACCOUNTS, POSTS, FOLLOWS, ENGAGEMENT = "photolog.accounts", "photolog.posts", "photolog.follows", "photolog.engagement"
DEAD_LETTERS, CANARIES = "photolog.dlq", "photolog.canaries"
TOPICS = (ACCOUNTS, POSTS, FOLLOWS, ENGAGEMENT, DEAD_LETTERS, CANARIES)
"""Tokens name a topic by its index here: only ever append. Keys and partitions are declared in events/topics.py."""

TOPIC_NUMBERS = 16
"""How many topics there may ever be."""

MAX_TOKEN = 256
MAX_OFFSET = 2**63 - 1
LOG_ID_BYTES = 4
ANY_LOG = bytes(LOG_ID_BYTES)
"""The id in a token that does not say whose log it is of: one of the first release, or made by hand."""

_FORM = b"\x01"
_FIRST_FORM = b"["
"""Tokens of the first release were JSON: [topic, partition, offset] each. Clients may still hold one."""
MAX_PLACES_BYTES = MAX_TOKEN * 3 // 4 - len(_FORM) - LOG_ID_BYTES
"""What the places of a token may take."""
MAX_PLACE_BYTES = 3 + 9
"""What one takes at most, of up to 2**17 partitions; below offset 2**35, and in the first 8 partitions, 6."""


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


class Position(NamedTuple):
    """One event's place: topic, partition, offset (from 0, consecutive within the partition)."""

    topic: str
    partition: int
    offset: int


class Token(NamedTuple):
    """What a token says."""

    log: bytes
    places: list[Position]


def encode_token(positions: Iterable[Position], log: bytes = ANY_LOG) -> str:
    """The token of the highest of these places in each partition. Raises ValueError for more than it can hold."""
    token = base64.urlsafe_b64encode(_FORM + log + packed(positions)).rstrip(b"=").decode()
    if len(token) > MAX_TOKEN:
        raise ValueError("more places than a token can hold")
    return token


def packed(positions: Iterable[Position]) -> bytes:
    """The places as a token has them."""
    highest: dict[int, int] = {}
    for place in positions:
        number = place.partition * TOPIC_NUMBERS + TOPICS.index(place.topic)
        highest[number] = max(place.offset, highest.get(number, 0))
    content, before = bytearray(), -1
    for number, offset in sorted(highest.items()):
        content += _varint(number - before - 1) + _varint(offset)
        before = number
    return bytes(content)


def decode_token(token: str) -> Token:
    """What a token says. Raises BadPosition for anything that no release of ours has written."""
    if len(token) > MAX_TOKEN:
        raise BadPosition
    try:
        content = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadPosition from error
    if content[:1] == _FIRST_FORM:
        return Token(ANY_LOG, _of_first_form(content))
    log = content[1 : 1 + LOG_ID_BYTES]
    if content[:1] != _FORM or len(log) < LOG_ID_BYTES:
        raise BadPosition
    return Token(log, list(_unpacked(content[1 + LOG_ID_BYTES :])))


def _unpacked(content: bytes) -> Iterator[Position]:
    numbers, before = _varints(content), -1
    for gap in numbers:
        offset = next(numbers, None)
        if offset is None:
            raise BadPosition
        before += gap + 1
        partition, topic = divmod(before, TOPIC_NUMBERS)
        yield _position([topic, partition, offset])


def _varint(number: int) -> bytes:
    content = bytearray()
    while number > 0x7F:
        content.append(number & 0x7F | 0x80)
        number >>= 7
    content.append(number)
    return bytes(content)


def _varints(content: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in content:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield number
            number = shift = 0
    if shift:
        raise BadPosition


def _of_first_form(content: bytes) -> list[Position]:
    try:
        places = orjson.loads(content)
    except ValueError as error:
        raise BadPosition from error
    return [_position(place) for place in places]


def _position(place: object) -> Position:
    match place:
        case [int(topic), int(partition), int(offset)] if not any(isinstance(part, bool) for part in place):
            if topic in range(len(TOPICS)) and 0 <= min(partition, offset) <= max(partition, offset) <= MAX_OFFSET:
                return Position(TOPICS[topic], partition, offset)
    raise BadPosition
