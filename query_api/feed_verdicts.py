"""Why a post is in a feed, or is not: a pure judgement of what stands in logs' positions, tables and the stored feed.

Asked by `photolog feed inspect`, which gathers the facts; follows feed.py step by step, and reads nothing itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from projections.celebrities import Pulled
from projections.ports import FeedEntry, StoredFeed
from schemas.ids import AccountId, PostId

Answer = Literal["shown", "hidden", "coming", "missing"]
"""`hidden`: a reader is not to see it. `coming`: it is still on its way. `missing`: it should be there, and is not."""


class Place(NamedTuple):
    """The event that wrote a row: its number, where it stands, and whether what follows from it is over."""

    version: int
    topic: str
    partition: int
    offset: int
    finished: bool

    def __str__(self) -> str:
        return f"version {self.version}, at {self.topic}[{self.partition}] {self.offset}"


@dataclass(frozen=True)
class Edge:
    """A follow as the feed's projection has it last."""

    follows: bool
    said: Place


@dataclass(frozen=True)
class Post:
    """A post as far as rows tell."""

    status: str
    author: AccountId
    reason: str | None = None
    """Why it was rejected."""
    entry: FeedEntry | None = None
    """Where it is in feeds, if it was ever published."""
    listed: Place | None = None
    """What put it among its author's posts; None: it is not there."""
    has_card: bool = False


@dataclass(frozen=True)
class Facts:
    """Everything that decides."""

    account: AccountId
    post_id: PostId
    post: Post | None
    """None: nothing is known of it."""
    author_is_known: bool
    edge: Edge | None
    """None: nobody has ever followed there."""
    spans: Sequence[Pulled]
    """Of its author."""
    stored: StoredFeed
    held: Sequence[str]
    """What waits behind dead letters, of the streams that matter here."""
    behind: int
    """Events that the feed's projection has still to take."""


class Reason(NamedTuple):
    """One step of the judgement."""

    code: str
    detail: str


@dataclass(frozen=True)
class Verdict:
    """The answer, and how it comes about."""

    answer: Answer
    because: Sequence[Reason]


def judged(facts: Facts) -> Verdict:
    """Whether whoever reads this feed now is shown the post, and why."""
    held = [Reason("held", one) for one in facts.held]
    kept_out = _kept_out(facts)
    if kept_out is not None:
        waits = kept_out.code in ("unknown_post", "not_listed") and (facts.held or facts.behind)
        return Verdict("coming" if waits else "hidden", [kept_out, *held])
    ways = [*_pulled(facts), *_stored(facts)]
    if ways:
        return Verdict("shown", [*ways, *held])
    under_way = _under_way(facts)
    return Verdict("coming" if under_way or held else "missing", [*(under_way or [_ABOVE_FLOOR]), *held])


_ABOVE_FLOOR = Reason("not_stored", "the stored feed is whole and reaches further down, but does not hold it")


def _kept_out(facts: Facts) -> Reason | None:
    """Why no reader of this feed is to see it."""
    post, edge = facts.post, facts.edge
    if post is None:
        return Reason("unknown_post", "nothing is known of it" + _behind(facts))
    if post.status != "published":
        return Reason(post.status, f"it is {post.status}" + (f": {post.reason}" if post.reason else ""))
    if post.author == facts.account:
        return Reason("own_post", "nobody sees their own posts in their feed")
    if edge is None:
        return Reason("not_followed", f"{facts.account} never followed {post.author}" + _behind(facts))
    if not edge.follows:
        return Reason("unfollowed", f"{facts.account} follows {post.author} no longer: {edge.said}" + _behind(facts))
    if post.listed is None:
        return Reason("not_listed", "it is not among its author's posts" + _behind(facts))
    if not (post.has_card and facts.author_is_known):
        return Reason("no_card", "there is no card to show: the rows of the post or of its author are missing")
    return None


def _pulled(facts: Facts) -> list[Reason]:
    entry = _entry(facts)
    for span in facts.spans:
        if span.since <= entry.published_at and (span.end is None or entry.published_at < span.end):
            end = "which goes on" if span.until is None else f"which ended at {span.until}"
            told = "" if span.until is None or span.settled else ", but readers do not go by that yet"
            return [Reason("pulled", f"its author is a celebrity in a span from {span.since} on, {end}{told}")]
    return []


def _stored(facts: Facts) -> list[Reason]:
    stored, entry = facts.stored, _entry(facts)
    if stored.state == "unknown":
        return [Reason("read_past", "the stored feed cannot be asked, or is not believed: readers ask the tables")]
    if stored.state != "whole":
        return [Reason("made_anew", f"the stored feed is {stored.state}: who reads next makes it from the tables")]
    if entry in stored.held:
        return [Reason("stored", "the stored feed holds it")]
    if stored.floor is not None and entry < stored.floor:
        return [Reason("below_floor", "it is older than what the stored feed has room for: readers ask the tables")]
    return []


def _under_way(facts: Facts) -> list[Reason]:
    """Pushes that are not over."""
    assert facts.post is not None
    listed, said = facts.post.listed, facts.edge and facts.edge.said
    fan_out = [Reason("fan_out", f"its fan-out is not over: {listed}")] if listed and not listed.finished else []
    backfill = [Reason("backfill", f"the follow's backfill is not over: {said}")] if said and not said.finished else []
    return fan_out + backfill


def _entry(facts: Facts) -> FeedEntry:
    assert facts.post is not None
    assert facts.post.entry is not None, "what is listed was published"
    return facts.post.entry


def _behind(facts: Facts) -> str:
    return f"; the feed's projection is {facts.behind} events behind" if facts.behind else ""
