"""What `photolog top` sees: positions, the log's ends, what waits, what stands still, and a canary of its own.

Reads the stores beside the site's processes, and asks none of them: who is stuck could not answer.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from commands.ports import Log
from infra.process.canary import Canary
from infra.process.clock import wall_clock
from infra.process.vigil import PATIENCE_S, Stall, Vigil, told
from processors.letter_box import LetterBox
from processors.planning import Subscriber
from processors.runtime import NOWHERE
from projections.ports import Positions
from projections.site import HeldState, Share
from projections.versions import name_of
from schemas.errors import Unavailable
from schemas.positions import Partition

SLOWEST = 5
SELDOM_S = 10.0
"""Between two canaries, and between two looks at all that is held."""
WATCHED_S = PATIENCE_S + 2
"""So that what stands still is known: nobody can see that at once."""
DECIDED_WITHIN_S = 60.0


@dataclass(frozen=True)
class Line:
    """One subscriber."""

    id: str
    live: bool
    lag_events: int
    lag_seconds: float
    per_second: float
    """Events whose rows were written, since the look before."""
    held_streams: int
    stalled: str
    """Why, and for how many partitions; empty: it gets on."""


@dataclass(frozen=True)
class Slow:
    """One partition with something due."""

    subscriber: str
    partition: str
    lag_events: int
    lag_seconds: float


@dataclass(frozen=True)
class Look:
    """How everything stands."""

    at: int
    lines: Sequence[Line]
    slowest: Sequence[Slow]
    letters: Sequence[str]
    """Dead letters that something waits behind."""
    events: int
    appended_per_second: float
    canary_s: float | None
    """None: none was heard yet."""
    trouble: str
    """What could not be asked."""

    @property
    def is_well(self) -> bool:
        """Whether nothing stands still, and nothing keeps anybody from seeing that."""
        return not self.is_stalled and not self.trouble

    @property
    def is_stalled(self) -> bool:
        """Whether anything is known to stand still."""
        return any(line.stalled for line in self.lines)

    @property
    def said(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**asdict(self), "well": self.is_well}


@dataclass
class Looks:
    """One look after the other."""

    log: Log
    positions: Positions
    state: HeldState
    vigil: Vigil
    canary: Canary
    box: LetterBox
    _rows: dict[Share, int] = field(default_factory=dict)
    _events: int = 0
    _looked: float | None = None
    _seldom: float = float("-inf")
    _waiting: Sequence[Mapping[str, Any]] = ()
    _trouble: str = ""
    _sent: asyncio.Task[None] | None = None

    async def decided(self, pause: Callable[[], Awaitable[None]]) -> Look:
        """Looks until it is known whether anything stands still, which takes a canary of this process that is through,
        or stuck: without one nothing may be due, and who is fed nothing looks well. Raises Unavailable."""
        began, look = self.vigil.clock(), await self.look()
        while self.vigil.awake_s < WATCHED_S or (look.is_well and not self.canary.heard):
            if self.vigil.clock() - began > DECIDED_WITHIN_S:
                return replace(look, trouble=look.trouble or "looks take too long to tell what stands still")
            await pause()
            look = await self.look()
        return look

    async def look(self) -> Look:
        """Raises Unavailable where the stores do not answer."""
        held = await self.state.fresh()
        await self.vigil.look()
        await self._look_seldom()
        now, ends = time.monotonic(), await self.log.ends()
        passed = now - self._looked if self._looked is not None else 0.0
        followed = sorted(self.vigil.followed(), key=lambda one: one.id)
        rows = {share: at for one in followed for share, at in (await self._progress(one, ends)).items()}
        ages = await self._ages(rows, ends)
        events = sum(ends.values())
        look = Look(
            at=wall_clock(),
            lines=[self._line(one, held.state.of(name_of(one.id)).live, rows, ends, ages, passed) for one in followed],
            slowest=_slowest(rows, ends, ages),
            letters=sorted({str(one["letter_id"]) for one in self._waiting}),
            events=events,
            appended_per_second=(events - self._events) / passed if passed else 0.0,
            canary_s=self.canary.delay_s if self.canary.heard or self.canary.since is not None else None,
            trouble=self._trouble,
        )
        self._rows, self._events, self._looked = rows, events, now
        return look

    async def _look_seldom(self) -> None:
        if time.monotonic() - self._seldom < SELDOM_S:
            return
        self._seldom = time.monotonic()
        self._waiting = await self.box.waiting()
        if self._sent is None or self._sent.done():
            self._sent = asyncio.create_task(self._send())

    async def _send(self) -> None:
        """Beside the looks: one that is not heard must not keep anybody from seeing why."""
        try:
            await self.canary.once()
            self._trouble = ""
        except Unavailable as error:
            self._trouble = f"a canary is not heard: {error.code}"

    async def aclose(self) -> None:
        """Waits for no canary any more."""
        if self._sent is not None:
            self._sent.cancel()
            await asyncio.gather(self._sent, return_exceptions=True)

    async def _progress(self, one: Subscriber, ends: Mapping[tuple[str, int], int]) -> dict[Share, int]:
        own = await self.positions.progress(one.id)
        places = [Partition(*place) for place in ends if place[0] in one.topics]
        return {Share(one.id, *place): own.get(place, NOWHERE).rows for place in places}

    async def _ages(self, rows: Mapping[Share, int], ends: Mapping[tuple[str, int], int]) -> dict[Share, float]:
        """How long ago the first event that is due was appended, where one is."""
        ages = {}
        for share, at in rows.items():
            if ends[share.topic, share.partition] > at:
                (due,) = await self.log.read(share.topic, share.partition, at, 1)
                ages[share] = max(0.0, (wall_clock() - due.at) / 1_000)
        return ages

    def _line(
        self,
        one: Subscriber,
        live: int,
        rows: Mapping[Share, int],
        ends: Mapping[tuple[str, int], int],
        ages: Mapping[Share, float],
        passed: float,
    ) -> Line:
        own = {share: at for share, at in rows.items() if share.subscriber == one.id}
        done = sum(at - self._rows.get(share, at) for share, at in own.items())
        return Line(
            id=one.id,
            live=one.id == f"{name_of(one.id)}@v{live}",
            lag_events=sum(ends[share.topic, share.partition] - at for share, at in own.items()),
            lag_seconds=max((ages[share] for share in own if share in ages), default=0.0),
            per_second=done / passed if passed else 0.0,
            held_streams=Counter(waiting["subscriber"] for waiting in self._waiting)[one.id],
            stalled=_why(one.id, self.vigil.stalled),
        )


def _why(subscriber: str, stalled: Mapping[Share, Stall]) -> str:
    one = told(stalled).get(subscriber)
    if one is None:
        return ""
    number = one["partitions"]
    return f"{one['why']}: {number} partition{'' if number == 1 else 's'}, {one['seconds']:.0f} s"


def _slowest(rows: Mapping[Share, int], ends: Mapping[tuple[str, int], int], ages: Mapping[Share, float]) -> list[Slow]:
    worst = sorted(ages, key=lambda share: -ages[share])[:SLOWEST]
    return [
        Slow(one.subscriber, str(Partition(one.topic, one.partition)), ends[one[1:]] - rows[one], ages[one])
        for one in worst
    ]
