"""Summary: what a run of the demo did, found and measured, and how it reads on a terminal."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

SHOWN = 36
"""Characters of a caption that the report shows."""


@dataclass(frozen=True)
class Timing:
    """One photo's way, in milliseconds from the answer to complete until the client saw it."""

    photo: str
    published_ms: float
    in_feed_ms: float

    @property
    def fan_out_ms(self) -> float:
        """From published to in a follower's feed; 0 when the feed, which is asked more often, had it first."""
        return max(0.0, self.in_feed_ms - self.published_ms)


@dataclass
class Summary:
    """The outcome. It succeeded when `failures` is empty; each failure says what was expected and what came."""

    url: str
    added: list[str] = field(default_factory=list)
    """What this run wrote; empty when an earlier run had done it all."""
    post_ids: dict[str, str] = field(default_factory=dict)
    """By caption."""
    following: dict[str, list[str]] = field(default_factory=dict)
    feeds: dict[str, list[str]] = field(default_factory=dict)
    """The captions that each person sees, newest first."""
    timings: list[Timing] = field(default_factory=list)
    checked: int = 0
    failures: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)


def render(summary: Summary) -> str:
    """The report as plain text."""
    sections = [
        ("Who follows whom", _follows(summary)),
        ("Who sees what, newest first", _feeds(summary)),
        ("Times", _times(summary.timings)),
        ("Look for yourself", [f"{what}: {link}" for what, link in summary.links.items()]),
        ("FAILURES", summary.failures),
    ]
    lines = [line for title, body in sections if body for line in ("", title, *(f"  {line}" for line in body))]
    return "\n".join([*lines, "", _verdict(summary)])


def _follows(summary: Summary) -> list[str]:
    return [f"{person} follows {', '.join(others) or 'nobody'}" for person, others in summary.following.items()]


def _feeds(summary: Summary) -> Iterable[str]:
    for person, captions in summary.feeds.items():
        yield f"{person} ({len(captions)} posts)"
        for caption in captions:
            yield f"    {caption if len(caption) <= SHOWN else caption[: SHOWN - 1] + '…'}"


def _times(timings: list[Timing]) -> list[str]:
    if not timings:
        return ["no photo was uploaded in this run: nothing to measure"]
    rows = {
        "complete to published": [timing.published_ms for timing in timings],
        "published to in a follower's feed": [timing.fan_out_ms for timing in timings],
        "complete to in a follower's feed": [timing.in_feed_ms for timing in timings],
    }
    lines = [f"{what:<36} median {median(ms):7.0f} ms   max {max(ms):7.0f} ms" for what, ms in rows.items()]
    slowest = max(timings, key=lambda timing: timing.in_feed_ms)
    return [
        *lines,
        f"{len(timings)} photos; slowest: {slowest.photo}",
        "published is seen when the status is asked, as seldom as the server says: 0 means that the feed had it first",
    ]


def _verdict(summary: Summary) -> str:
    added = f"{len(summary.added)} things added" if summary.added else "nothing added: an earlier run had done it all"
    if summary.failures:
        return f"The demo FAILED: {len(summary.failures)} failures, {summary.checked} checks, {added}."
    return f"The demo succeeded: {summary.checked} checks, {added}."
