"""Replay: which events of the log somebody wants, and each of them once. Pure; entries come from a log's reader.

An event may stand in the log again, later and under the same id: it happened once, at its first place.
"""

import re
from array import array
from binascii import a2b_base64
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from events.envelope import stem_and_version
from schemas.ids import Millis
from schemas.positions import Position

VERSIONED = re.compile(r".+\.v[1-9][0-9]*")


class Stored(Protocol):
    """An event as the log keeps it; `stream`, `version`, `event_id` and `type` are what stands beside its bytes."""

    @property
    def position(self) -> Position: ...
    @property
    def stream(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def event_id(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def wire(self) -> bytes: ...


@dataclass(frozen=True)
class Selection:
    """What is wanted of the log; empty or None: everything."""

    types: tuple[str, ...] = ()
    """`noun.verb` for every version that was ever stored, or `noun.verb.vN` for one."""
    streams: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    since: Millis | None = None
    """By the time that the event says, inclusive."""
    until: Millis | None = None
    """Exclusive."""
    raw: bool = False
    """Whether what stands in the log again is wanted again, and operators' orders are left aside."""

    @property
    def is_whole(self) -> bool:
        """Whether everything is wanted."""
        return not self.picks and not self.looks_inside

    @property
    def picks(self) -> bool:
        """Whether what stands beside the bytes says already that some are not wanted."""
        return bool(self.types or self.streams)

    @property
    def looks_inside(self) -> bool:
        """Whether only the bytes say which are wanted."""
        return bool(self.subjects) or self.since is not None or self.until is not None

    def may_take(self, stored: Stored) -> bool:
        """Whether this may be one, going by what stands beside its bytes."""
        return (not self.types or named(stored.type, self.types)) and (
            not self.streams or stored.stream in self.streams
        )

    def takes(self, said: Mapping[str, Any]) -> bool:
        """Whether this is one, going by what it says besides: `subject` and `at`."""
        if self.subjects and said.get("subject") not in self.subjects:
            return False
        if self.since is None and self.until is None:
            return True
        at = said.get("at")
        return isinstance(at, int) and (self.since or 0) <= at and (self.until is None or at < self.until)


def named(name: str, types: Container[str]) -> bool:
    """Whether a type, as it is stored, is one of these."""
    return name in types or (VERSIONED.fullmatch(name) is not None and stem_and_version(name)[0] in types)


AT_FIRST, MOVED = 1 << 12, 1 << 16
NUMBER, NEVER_0 = (1 << 64) - 1, 1 << 60


class FirstTimes:
    """Tells a first time from a later one: some 24 bytes an id, where a set takes a hundred.

    An id that was issued is 63 bits: they are kept as such, in an open-addressed table. Any other is kept whole.
    """

    ISSUED = re.compile(r"(?:[a-z]{2}_[0-9A][0-9A-Za-z]{10})*")
    LENGTH, DIGITS = 14, slice(3, 14)
    ODD = 0x9E3779B97F4A7C15
    """Spreads ids of one time over the table."""

    def __init__(self, expected: int = 0) -> None:
        """`expected`: ids that it makes room for at once; every other doubling costs as much as all that it holds."""
        self._others: set[str] = set()
        self._held = 0
        self._slots = array("Q", [0]) * max(AT_FIRST, 1 << (2 * expected).bit_length())

    def among(self, event_ids: Sequence[str]) -> list[bool]:
        """Of each id, whether it was not asked for before."""
        if self._issued(event_ids):
            return self._added(numbers(event_ids))
        if len(event_ids) > 1:
            return [first for one in event_ids for first in self.among([one])]
        (event_id,) = event_ids
        first = event_id not in self._others
        self._others.add(event_id)
        return [first]

    def _issued(self, event_ids: Sequence[str]) -> bool:
        return {*map(len, event_ids)} <= {self.LENGTH} and self.ISSUED.fullmatch("".join(event_ids)) is not None

    def _added(self, numbers: Sequence[int]) -> list[bool]:
        """In one loop: it runs for every event that there ever was."""
        while (self._held + len(numbers)) * 2 > len(self._slots):
            self._grow()
        slots, mask, odd, found, new = self._slots, len(self._slots) - 1, self.ODD, [], 0
        for number in numbers:
            at = number * odd >> 20 & mask
            while (held := slots[at]) and held != number:
                at = at + 1 & mask
            found.append(not held)
            if not held:
                slots[at] = number
                new += 1
        self._held += new
        return found

    def _grow(self) -> None:
        before = self._slots
        self._slots, self._held = array("Q", [0]) * (2 * len(before)), 0
        for at in range(0, len(before), MOVED):
            self._added([number for number in before[at : at + MOVED] if number])


def numbers(event_ids: Sequence[str]) -> list[int]:
    """Of issued ids, each another number, none of them 0.

    Base-62 digits are base-64 digits, too: eleven of them, and of the first, which is no more than `A`, four bits say
    which it is. They are never 1: that is added.
    """
    digits = a2b_base64("".join(["A" + one[FirstTimes.DIGITS] for one in event_ids]))
    return [int.from_bytes(digits[at : at + 9]) & NUMBER ^ NEVER_0 for at in range(0, len(digits), 9)]
