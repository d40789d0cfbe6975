"""What a log holds, its own invariants and its facts. The embedded log is read with nothing but sqlite3 and json.

The cluster's is read in kafka_log.py.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.reference.facts import (
    CommentDeleted,
    Commented,
    Fact,
    Followed,
    Liked,
    PostDeleted,
    Published,
    SignedUp,
    Unfollowed,
    Unliked,
)

LIKE = "like/"
"""Streams whose numbers may have holes, and ties: a number can be taken for a like that is then never appended, and two
at the same time can take one; the first in the log stands."""


@dataclass(frozen=True)
class LogEvent:
    """One row of the log. `name` is the type without its version; `data` holds personal fields as ciphertext."""

    topic: str
    partition: int
    offset: int
    stream: str
    version: int
    event_id: str
    name: str
    at: int
    actor: str
    causation: str
    data: dict[str, Any]
    again: tuple[int, ...] = ()
    """Offsets of late duplicates, in the same partition: only the first counts."""

    @property
    def place(self) -> tuple[str, int, int]:
        return self.topic, self.partition, self.offset

    @property
    def places(self) -> list[tuple[str, int, int]]:
        """Where it stands, and where it stands again."""
        return [(self.topic, self.partition, offset) for offset in (self.offset, *self.again)]


def read_log(data: Path) -> list[LogEvent]:
    """Every event of the log in this data folder, in the order of its topic, partition and offset."""
    with closing(sqlite3.connect(f"file:{data / 'log.sqlite'}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT topic, partition, offset, stream, version, event_id, type, wire FROM log"
            " ORDER BY topic, partition, offset"
        ).fetchall()
    return [log_event(*row) for row in rows]


def log_event(
    topic: str, partition: int, offset: int, stream: str, version: int, event_id: str, type_name: str, wire: bytes
) -> LogEvent:
    """One entry, which must say the same of itself inside and outside."""
    raw = json.loads(wire)
    told = raw["stream"], raw["version"], raw["id"], raw["type"]
    assert told == (stream, version, event_id, type_name), f"{topic}/{partition}/{offset}: row and wire disagree"
    name = type_name.rpartition(".v")[0]
    return LogEvent(
        topic,
        partition,
        offset,
        stream,
        version,
        event_id,
        name,
        raw["at"],
        raw["actor"],
        raw["causation"],
        raw["data"],
    )


def assert_sound(events: Iterable[LogEvent]) -> None:
    """What the log promises about itself. The events are in the order of topic, partition and offset."""
    offsets: dict[tuple[str, int], list[int]] = defaultdict(list)
    versions: dict[str, list[int]] = defaultdict(list)
    ids: dict[str, LogEvent] = {}
    slots: dict[tuple[str, int], str] = {}
    for event in events:
        offsets[event.topic, event.partition] += [event.offset, *event.again]
        versions[event.stream].append(event.version)
        slot = event.stream, event.version
        forked = slots.setdefault(slot, event.event_id) != event.event_id
        assert not forked or event.stream.startswith(LIKE), f"{slot} is forked"
        assert event.event_id not in ids, f"{event.event_id} is twice in the log: {ids[event.event_id]} and {event}"
        ids[event.event_id] = event
    for place, found in offsets.items():
        assert sorted(found) == list(range(len(found))), f"{place} has a gap in its offsets: {found}"
    for stream, numbers in versions.items():
        if not stream.startswith(LIKE):
            assert numbers == list(range(1, len(numbers) + 1)), f"{stream} has versions {numbers}"


def facts_in(events: Iterable[LogEvent]) -> list[Fact]:
    """What the log says, stream by stream in the order of versions; of a number taken twice, the first in the log."""
    first: dict[tuple[str, int], LogEvent] = {}
    for event in sorted(events, key=lambda event: event.place):
        first.setdefault((event.stream, event.version), event)
    ordered = sorted(first.values(), key=lambda event: (event.stream, event.version))
    return [fact for event in ordered if (fact := _fact(event)) is not None]


def _fact(event: LogEvent) -> Fact | None:
    data, last = event.data, event.stream.rpartition("/")[2]
    match event.name:
        case "account.opened":
            return SignedUp(last)
        case "post.published":
            return Published(last, data["author_id"], data["published_at"])
        case "post.deleted":
            return PostDeleted(last)
        case "follow.started":
            return Followed(data["follower_id"], data["followee_id"])
        case "follow.ended":
            return Unfollowed(data["follower_id"], data["followee_id"])
        case "post.liked":
            return Liked(data["post_id"], data["account_id"])
        case "post.unliked":
            return Unliked(data["post_id"], data["account_id"])
        case "comment.written":
            return Commented(data["comment_id"], data["post_id"], data["author_id"], data["written_at"])
        case "comment.deleted":
            return CommentDeleted(data["comment_id"])
        case _:
            return None
