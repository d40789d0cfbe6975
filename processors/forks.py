"""Forks: two events under one version of a stream, as a reader would see them. Asked of every entry that is taken.

The ledger gives each version to one event, so a fork means that something below it is broken. Entries say who they are
in their headers: nothing is decoded for this.
"""

from collections.abc import Iterable

from commands.invariants import BrokenInvariant
from commands.ports import Entry
from events.topics import is_numbered

REMEMBERED = 20_000
"""Versions that are remembered: a late duplicate, or a fork, comes within moments of the first."""

Version = tuple[str, int]


class Forks:
    """What was seen last. A reader's own memory: it forgets, and begins anew with each process."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._seen: dict[Version, str] = {}

    def check(self, entries: Iterable[Entry]) -> None:
        """Raises BrokenInvariant for a version that has another event id than before. Duplicates are no forks."""
        for entry in entries:
            if not entry.stream or is_numbered(entry.stream):
                continue
            version = entry.stream, entry.version
            first = self._seen.setdefault(version, entry.event_id)
            if first != entry.event_id:
                raise BrokenInvariant(
                    f"{entry.stream} is forked: version {entry.version} is {first} and {entry.event_id}"
                )
            if len(self._seen) > self._remembered:
                del self._seen[next(iter(self._seen))]
