"""Replay: which events of the log somebody wants, and each of them once. Pure; entries come from a log's reader.

An event may stand in the log again, later and under the same id: it happened once, at its first place.
"""

import re
from array import array
from binascii import a2b_base64
from collections.abc import Container, Mapping
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


class FirstTimes:
    """Tells a first time from a later one: some 24 bytes an id, where a set takes a hundred.

    An id that was issued is 63 bits: they are kept as such, in an open-addressed table. Any other is kept whole.
    """

    ISSUED = re.compile(r"[a-z]{2}_[0-9A][0-9A-Za-z]{10}")
    ODD = 0x9E3779B97F4A7C15
    """Spreads ids of one time over the table."""

    def __init__(self) -> None:
        self._others: set[str] = set()
        self._zero = False
        self._held = 0
        self._mask = 0
        self._slots = array("Q")
        self._grow(1 << 12)

    def is_first(self, event_id: str) -> bool:
        """Whether this id was not asked for before."""
        if self.ISSUED.fullmatch(event_id) is None:
            if event_id in self._others:
                return False
            self._others.add(event_id)
            return True
        # Base-62 digits are base-64 digits, too. Of the first, which is no more than `A`, four bits say which it is.
        number = int.from_bytes(a2b_base64(event_id[3:] + "A")) >> 6 & 0xFFFFFFFFFFFFFFFF
        if number == 0:
            first, self._zero = not self._zero, True
            return first
        return self._add(number)

    def _add(self, number: int) -> bool:
        slots, mask = self._slots, self._mask
        at = (number * self.ODD >> 20) & mask
        while (held := slots[at]) != number:
            if not held:
                slots[at] = number
                self._held += 1
                if self._held * 2 > mask:
                    self._grow(2 * len(slots))
                return True
            at = at + 1 & mask
        return False

    def _grow(self, size: int) -> None:
        before = self._slots
        self._slots, self._mask, self._held = array("Q", bytes(8 * size)), size - 1, 0
        for number in before:
            if number:
                self._add(number)
