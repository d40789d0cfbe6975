"""Log-Position tokens as one process reads and writes them: it knows the log's id and end, and what is applied.

Used by both APIs. A token covers everything that its holder has seen, in 256 bytes at most, because what every
projection has applied is left out. Where too much is not applied yet, `room` waits, before anything is decided.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from projections.ports import Positions, Progress
from schemas.errors import BadPosition, NotYetVisible, Unavailable
from schemas.positions import (
    ANY_LOG,
    MAX_PLACE_BYTES,
    MAX_PLACES_BYTES,
    Partition,
    Position,
    decode_token,
    encode_token,
    packed,
)

OWN_PLACES = 6
"""Places that one command adds to what its caller has seen; a sign-up, which adds most, has two."""
ROOM_BYTES = MAX_PLACES_BYTES - OWN_PLACES * MAX_PLACE_BYTES
"""What a caller may have seen that is not applied everywhere: 19 places of usual size."""
ROOM_WITHIN_S = 5.0
LOOK_S = 0.05
"""Between two looks whether there is room."""
ENDS_WITHIN_S = 1.0

NOWHERE = Progress(0, 0, "")
Ends = Callable[[], Awaitable[Mapping[tuple[str, int], int]]]
"""By topic and partition, the offset that the next event will get."""


class PositionTokens:
    """The tokens of one process."""

    def __init__(self, log: bytes, topics: Mapping[str, Sequence[str]], positions: Positions, ends: Ends) -> None:
        """`log`: its id. `topics`: by projection id, what it reads: of all whose work is to be covered."""
        self._log = log
        self._topics = topics
        self._positions = positions
        self._ends = LogEnds(ends)

    async def read(self, token: str | None) -> list[Position]:
        """What the caller has seen of this log. Raises BadPosition for what is no token, or names what is not there."""
        said = decode_token(token) if token else None
        if said is None or said.log not in (self._log, ANY_LOG):
            return []
        if not all(map(self._applied_somewhere, said.places)):
            await self._ends.check(said.places)
        return said.places

    async def room(self, seen: Sequence[Position]) -> None:
        """Waits until a token can hold what the caller has seen and what a command adds. Raises NotYetVisible."""
        deadline = time.monotonic() + ROOM_WITHIN_S
        while not self._fits(seen):
            if time.monotonic() > deadline:
                raise NotYetVisible("too much of what you have seen is on its way; please try again shortly")
            # Some of it is enough, whichever is applied first: the rest may be held for long.
            await self._positions.wait(list(self._topics), self._left(seen), LOOK_S)

    def write(self, own: Sequence[Position], seen: Sequence[Position]) -> str:
        """The token of an answer: these places, and those that its caller had seen."""
        self._ends.learn(own)
        return encode_token([*own, *self._left(seen)], self._log)

    def _fits(self, seen: Sequence[Position]) -> bool:
        return len(packed(self._left(seen))) <= ROOM_BYTES

    def _left(self, seen: Sequence[Position]) -> list[Position]:
        """Those that some projection has not finished, as far as this process knows; without room, not applied."""
        unfinished = [place for place in seen if not self._everywhere(place, "finished")]
        if len(packed(unfinished)) <= ROOM_BYTES:
            return unfinished
        return [place for place in unfinished if not self._everywhere(place, "rows")]

    def _everywhere(self, place: Position, part: str) -> bool:
        readers = [name for name, topics in self._topics.items() if place.topic in topics]
        return all(getattr(self._progress(name, place), part) > place.offset for name in readers)

    def _applied_somewhere(self, place: Position) -> bool:
        return any(self._progress(name, place).rows > place.offset for name in self._topics)

    def _progress(self, projection: str, place: Position) -> Progress:
        return self._positions.known(projection).get(Partition.of(place), NOWHERE)


class LogEnds:
    """What this process knows of the log's end. It asks for it anew only for a place beyond what it knows."""

    def __init__(self, ends: Ends) -> None:
        self._ask = ends
        self._known: dict[tuple[str, int], int] = {}
        self._turn = asyncio.Lock()
        self._begun = self._answered = 0

    def learn(self, places: Iterable[Position]) -> None:
        """These places exist."""
        for place in places:
            self._see((place.topic, place.partition), place.offset + 1)

    async def check(self, places: Iterable[Position]) -> None:
        """Raises BadPosition for places that no event has. While the log cannot be asked, none is refused."""
        if self._all_exist(places):
            return
        try:
            async with asyncio.timeout(ENDS_WITHIN_S):
                await self._refresh()
        except (TimeoutError, Unavailable):
            return
        if not self._all_exist(places):
            raise BadPosition("this position is beyond the end of the log")

    def _all_exist(self, places: Iterable[Position]) -> bool:
        return all(place.offset < self._known.get((place.topic, place.partition), 0) for place in places)

    async def _refresh(self) -> None:
        """Many may come at once: all are served by one question that is put after they came."""
        needed = self._begun + 1
        async with self._turn:
            if self._answered >= needed:
                return
            self._begun += 1
            number, ends = self._begun, await self._ask()
            for place, end in ends.items():
                self._see(place, end)
            self._answered = number

    def _see(self, place: tuple[str, int], end: int) -> None:
        self._known[place] = max(end, self._known.get(place, 0))
