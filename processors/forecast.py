"""How fast a replay is, and how long what is left of it takes: from looks at how much is left of each partition.

What an event takes is known for each topic by itself: one may be cheap, and over long before another. Where partitions
under way share a machine that is busy (processor sharing: Kleinrock 1967), those that are left are faster then; where
each waits for servers, they are not. The truth lies between the two.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.positions import Partition

RECENT = 1 / 3
"""Of the time since it began: what was slow at first, or is slow now, tells."""
LEAST_BATCHES = 60
"""Fewer of a topic say nothing of its events: those are known batch by batch."""
IN_HAND = 0.5
"""Of the batch of each partition under way is done, on average."""
SHARING = 0.75
"""How near the truth lies to what it takes if all share the machine; on two busy cores, beside servers."""
MOST_LOOKS = 1_000
"""That are kept: of more, every second is let go, so that however long it takes the past is known as finely."""


class Look(NamedTuple):
    """What was known at one moment, by topic."""

    at: float
    left: Mapping[str, float]
    """Events."""
    spent: Mapping[str, float]
    """Seconds of the machine since the first look."""


@dataclass
class Forecast:
    """Of one replay. Asked after each look."""

    batch: int
    """Events that a partition takes at once."""
    clock: Callable[[], float]
    """Seconds."""
    _looks: list[Look] = field(default_factory=list, init=False)
    _under_way: list[Partition] = field(default_factory=list, init=False)

    def look(self, left: Mapping[Partition, int]) -> None:
        """So many events are left now."""
        now = self.clock()
        due = dict.fromkeys((partition.topic for partition in left), 0.0)
        spent = dict(self._looks[-1].spent) if self._looks else dict.fromkeys(due, 0.0)
        for partition in self._under_way:
            spent[partition.topic] += (now - self._looks[-1].at) / len(self._under_way)
        for partition, events in left.items():
            due[partition.topic] += events - IN_HAND * min(self.batch, events)
        self._under_way = [partition for partition, events in left.items() if events]
        self._looks.append(Look(now, due, spent))
        if len(self._looks) > MOST_LOOKS:
            del self._looks[1:-1:2]

    @property
    def per_second(self) -> float:
        """Events of all topics, of late."""
        now, before = self._looks[-1], self._looks[self._recent()]
        done = sum(before.left.values()) - sum(now.left.values())
        return done / (now.at - before.at) if now.at > before.at else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Between what it takes if all share the machine, and if none disturbs another. None: of some topic nothing
        says how long it takes."""
        now, shared, alone = self._looks[-1], 0.0, 0.0
        for topic, left in now.left.items():
            if not left:
                continue
            before = self._before(topic)
            done = before.left[topic] - left
            if not done:
                return None
            shared += left * (now.spent[topic] - before.spent[topic]) / done
            alone = max(alone, left * (now.at - before.at) / done)
        return SHARING * shared + (1 - SHARING) * alone

    def _before(self, topic: str) -> Look:
        """With which the last look is compared."""
        enough = self._looks[-1].left[topic] + LEAST_BATCHES * self.batch
        since = bisect_right(self._looks, -enough, key=lambda look: -look.left[topic]) - 1
        return self._looks[max(0, min(since, self._recent()))]

    def _recent(self) -> int:
        """The last look that is not of late, or the first."""
        first, now = self._looks[0].at, self._looks[-1].at
        return max(0, bisect_right(self._looks, now - (now - first) * RECENT, key=lambda look: look.at) - 1)
