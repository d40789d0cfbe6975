"""The topic and key table: on which topic each kind of stream travels, and by what it is partitioned.

A stream is named `<kind>/<id>[/<id>]`; the key decides the partition, so whatever shares a key keeps its order. How
many partitions a topic has is the site's: chosen once, because another number would move keys to other partitions.
"""

import zlib
from dataclasses import dataclass

from schemas.positions import ACCOUNTS, CANARIES, DEAD_LETTERS, ENGAGEMENT, FOLLOWS, POSTS


@dataclass(frozen=True)
class Route:
    """The topic of a kind of stream, and which part of the stream's name is the key."""

    topic: str
    key_part: int
    numbered: bool = False
    """Whether there is no stream, but only a rising number: two events may then have the same."""


ROUTES = {
    "username": Route(ACCOUNTS, 1),  # username/<HMAC of the folded name>
    "account": Route(ACCOUNTS, 1),  # account/<account>
    "device": Route(ACCOUNTS, 1),  # device/<HMAC of platform and token>
    "inquiry": Route(ACCOUNTS, 1),  # inquiry/<inquiry>
    "notification": Route(ACCOUNTS, 1),  # notification/<account>
    "report": Route(ACCOUNTS, 1),  # report/<report>
    "case": Route(ACCOUNTS, 1),  # case/<post, comment or account>
    "post": Route(POSTS, 1),  # post/<post>
    "follow": Route(FOLLOWS, 2),  # follow/<follower>/<followee>
    "block": Route(FOLLOWS, 2),  # block/<blocker>/<blocked>
    "celebrity": Route(FOLLOWS, 1),  # celebrity/<account>, beside what follows the account
    "comment": Route(ENGAGEMENT, 1),  # comment/<post>/<comment>
    "like": Route(ENGAGEMENT, 1, numbered=True),  # like/<post>/<account>
    "dead_letter": Route(DEAD_LETTERS, 2),  # dead_letter/<subscriber>/<letter>
    "canary": Route(CANARIES, 1, numbered=True),  # canary/<canary>
}
SINGLE = {DEAD_LETTERS, CANARIES}
"""Topics of one partition, whatever the site has chosen: little travels on them."""
LIKES = {"post.liked", "post.unliked"}
"""Event types that are named after the post, but numbered in streams of their own."""


def route(stream: str, partitions: int) -> tuple[str, int]:
    """The topic and partition of a stream, of so many. Raises KeyError for a kind that is not in the table."""
    parts = stream.split("/")
    target = ROUTES[parts[0]]
    return target.topic, zlib.crc32(parts[target.key_part].encode()) % partitions_of(target.topic, partitions)


def partitions_of(topic: str, partitions: int) -> int:
    """How many partitions a topic has, where the site has chosen this number."""
    return 1 if topic in SINGLE else partitions


def stream_kind(event_type: str) -> str:
    """The kind of stream that an event type is recorded in: its noun, or what LIKES says of it."""
    name = event_type.rpartition(".v")[0]
    return "like" if name in LIKES else name.partition(".")[0]


def is_numbered(stream: str) -> bool:
    """Whether this, or what is of this kind, is no stream but something with numbers, as a like is."""
    target = ROUTES.get(stream.partition("/")[0])
    return target is not None and target.numbered
