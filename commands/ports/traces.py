"""Traces: a port to whoever draws how one thing led to another, from a command through the log to rows and reactions.

A trace is named by the correlation that all events of a chain carry, and a span by the command that an event names as
its cause: so they join across processes, and nothing of a trace is in the log.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Protocol

Attributes = Mapping[str, str | int]


@dataclass(frozen=True)
class Span:
    """Something that takes time. Names and attributes hold kinds and ids, never a personal value."""

    name: str
    correlation: str = ""
    """What its trace is named by; empty: it is drawn only as part of what goes on here."""
    own: str = ""
    """What it is named by, if others are to hang below it."""
    parent: str = ""
    """The name of what it hangs below; empty: what goes on here just now, if it is of a trace."""
    attributes: Attributes = field(default_factory=dict)


class Traces(Protocol):
    """Safe to be called at any time: it never raises, and never waits."""

    def span(self, span: Span) -> AbstractContextManager[None]:
        """It lasts as long as the block."""

    def past(self, began_ns: int, *spans: Span) -> None:
        """They began then, in nanoseconds of the wall clock, and end now."""

    def close(self) -> None:
        """Sends what is left; may take some seconds."""

    @property
    def kept(self) -> bool:
        """Whether anything comes of it."""


class Untraced:
    """Nobody draws anything."""

    kept = False

    def span(self, span: Span) -> AbstractContextManager[None]:
        return nullcontext()

    def past(self, began_ns: int, *spans: Span) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""
