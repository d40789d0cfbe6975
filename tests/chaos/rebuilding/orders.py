"""`photolog projections` as an operator calls it, from another process: what it says as it goes, and when; killed at
will."""

import asyncio
import re
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.processes import PHOTOLOG, send

LINE = re.compile(r" *([\d.]+)%  ([\d,]+) of ([\d,]+) events; ([\d,]+) events/s, (?:(\d+) s left|…)")
LAST = 12
WHOLE = "100.0"


@dataclass(frozen=True)
class Progress:
    """One line: when it was said, in seconds since the command began; what share is done; what time is left."""

    at: float
    share: float
    events: int
    left_s: int | None


@dataclass
class Order:
    """One call of the command."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    progress: list[Progress] = field(default_factory=list)
    replayed_s: float | None = None
    """When it had come to the end of the log."""
    said: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever it says something, and when it is over."""

    @property
    def last_words(self) -> str:
        """Why it ended as it did."""
        return "\n".join(self.said[-LAST:])

    async def run(self) -> int:
        """Until it is over: its exit status; negative where a signal ended it. `process` is there from the start."""
        began = time.monotonic()
        self.process = await asyncio.create_subprocess_exec(
            str(PHOTOLOG),
            "projections",
            *self.arguments,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self._hear(line.decode().rstrip("\n"), time.monotonic() - began)
            self.news.set()
        status = await self.process.wait()
        self.news.set()
        return status

    async def killed_at(self, share: float) -> int:
        """SIGKILL once so much of what it had to do is done; its exit status. It may be over before."""
        running = asyncio.create_task(self.run())
        while not running.done() and (not self.progress or self.progress[-1].share < share):
            self.news.clear()
            await self.news.wait()
        if not running.done():
            send(self.process, signal.SIGKILL)
        return await running

    def _hear(self, line: str, at: float) -> None:
        self.said.append(line)
        found = LINE.match(line)
        if found:
            share, _, of, _, left = found.groups()
            of_all = int(of.replace(",", ""))
            self.progress.append(Progress(at, float(share) / 100, of_all, None if left is None else int(left)))
            if share == WHOLE:
                self.replayed_s = at


@dataclass(frozen=True)
class Estimates:
    """How good the time left was, from halfway on."""

    lines: int
    """That were said from halfway on, more than a few seconds before the end."""
    good: int
    """Within a quarter of what it took in the end, and the second in which a line is said."""
    worst: float
    """The largest error, as a share of what it took."""
    off: tuple[tuple[int, float], ...]
    """The others: seconds that were told, and that it took."""


WITHIN, LINE_S, TELLING_S = 0.25, 1.5, 3.0
"""Seconds are told whole, and once a second; of the last few nothing is told any more."""


def estimates(order: Order) -> Estimates:
    """Of a replay that came to its end."""
    assert order.replayed_s is not None
    told = [(one.left_s, round(order.replayed_s - one.at, 1)) for one in order.progress if one.share >= 0.5]
    judged = [(left, took) for left, took in told if left is not None and took >= TELLING_S]
    off = tuple((left, took) for left, took in judged if abs(left - took) > WITHIN * took + LINE_S)
    worst = max((abs(left - took) / took for left, took in judged), default=0.0)
    return Estimates(len(judged), len(judged) - len(off), round(worst, 2), off)
