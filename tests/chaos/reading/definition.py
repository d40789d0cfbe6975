"""What a page of a feed must show, by the definition: of what is published and told, of what is only under way."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from events.envelope import Event, Recorded
from events.follows import Followed
from events.posts import PostPublished
from projections.ports import FeedEntry
from schemas.ids import AccountId, PostId


@dataclass
class Definition:
    """Of a site on which people only publish."""

    followees: dict[AccountId, set[AccountId]] = field(default_factory=dict)
    told: set[FeedEntry] = field(default_factory=set)
    """Whose rows are acknowledged, and whose fan-out is over."""
    begun: dict[str, FeedEntry] = field(default_factory=dict)
    """Those, and what may be seen already, by the post's id."""

    def knows(self, events: list[Recorded[Event]]) -> None:
        """All of that is over."""
        for recorded in events:
            event = recorded.event
            if isinstance(event, Followed):
                self.followees.setdefault(event.follower_id, set()).add(event.followee_id)
            elif isinstance(event, PostPublished):
                self.told.add(entry_of(recorded))
        self.begun |= {one.post_id: one for one in self.told}

    def feed(self, viewer: AccountId) -> list[FeedEntry]:
        """What must be there now, newest first."""
        return sorted(self.due(viewer), reverse=True)

    def due(self, viewer: AccountId) -> Iterator[FeedEntry]:
        """The same, in no order."""
        followees = self.followees[viewer]
        return (one for one in self.told if one.author_id in followees)

    def faults(self, asked: "Asked", page: dict[str, Any], degraded: bool) -> list[str]:
        """What is wrong with a page; nothing, if it is what it must be."""
        shown = [self.begun.get(card["post_id"]) for card in page["posts"]]
        entries = [one for one in shown if one is not None and one.author_id in self.followees[asked.viewer]]
        if len(entries) < len(shown):
            return ["it shows what is not there for this viewer"]
        faults = []
        if entries != sorted(set(entries), reverse=True) or (asked.after and entries and entries[0] >= asked.after):
            faults.append("it is out of order, or shows something twice")
        last = entries[-1] if page["has_more"] and entries else None
        due = {one for one in asked.due if (asked.after is None or one < asked.after) and (last is None or one >= last)}
        if due - set(entries):
            faults.append(f"it lacks {sorted(one.post_id for one in due - set(entries))}")
        if page["has_more"] and len(entries) < asked.limit and not (degraded and entries and page["next_cursor"]):
            faults.append("it is short, and does not say so")
        if degraded and not page["has_more"]:
            faults.append("it says that it is short, and is not")
        return faults


@dataclass(frozen=True)
class Asked:
    """A page as somebody asks for it, and what was due by then."""

    viewer: AccountId
    due: frozenset[FeedEntry]
    limit: int
    after: FeedEntry | None = None


def entry_of(recorded: Recorded[Event]) -> FeedEntry:
    """Of a publication."""
    event = recorded.event
    assert isinstance(event, PostPublished)
    return FeedEntry(event.published_at, PostId(recorded.stream.removeprefix("post/")), event.author_id)
