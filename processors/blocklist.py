"""The blocklist: looks of pictures that are never shown, and which of them a photo resembles. Used by renders.py.

A list is text, a line an entry: 16 hex digits, then, if wanted, the bits in which a photo may differ, and a name for
moderators. `#` begins a comment. It is read anew in the first look after so many seconds; one that cannot be read
leaves the one before in force, and until there was one no photo is shown.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

from schemas.errors import PhotologError, Unavailable

QUARTERS, QUARTER = 4, 16
MOST_BITS = 15
"""The farthest that can be looked for: a bit more, and six times as many entries are compared."""
_LINE = re.compile(r"([0-9a-fA-F]{16})(?:\s+([0-9]{1,2}))?(?:\s+(\S.*))?")

logger = logging.getLogger("photolog.blocklist")


class NoBlocklist(Exception):
    """Text that is no list; says which line, never what is on it."""


@dataclass(frozen=True)
class Entry:
    """One picture that is not shown."""

    look: int
    distance: int
    name: str


@dataclass(frozen=True)
class Hit:
    """What a photo resembles, and in how many bits it differs."""

    name: str
    distance: int


class Looks:
    """Entries, by each quarter of their looks: of two looks within N bits, one of the four quarters is within N // 4.
    So few of many entries are compared: those whose quarter is the wanted one with so many bits flipped."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = list(entries)
        near = max((entry.distance for entry in self._entries), default=0)
        bits = [1 << bit for bit in range(QUARTER)]
        self._flips = [sum(some) for count in range(near // QUARTERS + 1) for some in combinations(bits, count)]
        self._tables: list[dict[int, list[Entry]]] = [{} for _ in range(QUARTERS)]
        for entry in self._entries:
            for table, quarter in zip(self._tables, _quarters(entry.look), strict=True):
                table.setdefault(quarter, []).append(entry)

    def __len__(self) -> int:
        return len(self._entries)

    def nearest(self, look: str) -> Hit | None:
        """The entry that a look resembles most, among those that are near enough for their own distance."""
        wanted, found = int(look, 16), list[tuple[int, str]]()
        for table, quarter in zip(self._tables, _quarters(wanted), strict=True):
            for flip in self._flips:
                for entry in table.get(quarter ^ flip, ()):
                    bits = (entry.look ^ wanted).bit_count()
                    if bits <= entry.distance:
                        found.append((bits, entry.name))
        return Hit(min(found)[1], min(found)[0]) if found else None


def _quarters(look: int) -> Iterator[int]:
    return (look >> shift & 0xFFFF for shift in range(0, 64, QUARTER))


def read(text: str, distance: int) -> Looks:
    """The list that a text is; entries without a distance of their own get this one. Raises NoBlocklist."""
    entries = []
    for number, line in enumerate(text.splitlines(), start=1):
        said = line.partition("#")[0].strip()
        found = _LINE.fullmatch(said)
        if not said:
            continue
        near = int(found[2]) if found and found[2] else distance
        if found is None or near > MOST_BITS:
            raise NoBlocklist(f"line {number}: 16 hex digits, then at most {MOST_BITS} bits, then a name")
        entries.append(Entry(int(found[1], 16), near, found[3] or found[1].lower()))
    return Looks(entries)


async def _nothing() -> str:
    return ""


@dataclass
class Blocklist:
    """The list as this process knows it. Without a source it is empty."""

    source: Callable[[], Awaitable[str]] = _nothing
    """The text of today's list. Raises PhotologError, or OSError, where it cannot be had."""
    distance: int = 8
    every_s: float = 3600
    steady: Callable[[], float] = lambda: 0.0
    """Seconds that never go back."""
    failed: int = 0
    """Times that the list could not be read anew."""
    _looks: Looks | None = None
    _due_at: float = float("-inf")
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def hit(self, looks: str) -> Hit | None:
        """What a picture of these looks, with blanks between, resembles. Raises Unavailable while there is no list."""
        async with self._reading:
            if self.steady() >= self._due_at:
                await self._read()
        if self._looks is None:
            raise Unavailable("the blocklist cannot be read")
        hits = [hit for look in looks.split() if (hit := self._looks.nearest(look))]
        return min(hits, key=lambda hit: hit.distance, default=None)

    async def _read(self) -> None:
        try:
            self._looks = await asyncio.to_thread(read, await self.source(), self.distance)
        except (PhotologError, OSError, NoBlocklist) as error:
            self.failed += 1
            logger.error("the blocklist stays as it was: %s", error)
            if self._looks is None:
                return
        self._due_at = self.steady() + self.every_s
