"""From how many followers on an account's posts are left to readers: as many as a setting says, or as can be pushed to
in the time that one post may take.

What fan-outs took comes from fanout.py; celebrities.py asks. It is of one process, and begins with the setting again.
"""

from dataclasses import dataclass

MEASURED = 500
"""Followers that a fan-out has reached to count: with fewer it costs its round trips, not its followers."""
ENOUGH = 20_000
"""Followers by which the cost of one is measured."""
STEP = 2.0
"""A decision changes it so many times at most."""
NEAR = 1.25
"""What would change it less than so many times changes nothing."""
AGREED = 3
"""Measurements in a row that say less, before it is lowered: whoever becomes a celebrity stays one."""


@dataclass
class Threshold:
    """Adapts within its bounds if one post may take `most_s`; else it stays."""

    followers: int = 10_000
    most_s: float = 0.0
    """Seconds; 0: it does not adapt."""
    least: int = 1_000
    most: int = 100_000
    follower_s: float = 0.0
    """What one follower cost, by the last measurement. 0: there was none yet."""
    raised: int = 0
    lowered: int = 0
    _reached: int = 0
    _took_s: float = 0.0
    _less: int = 0
    """Measurements in a row that say less."""

    def pushed(self, followers: int, seconds: float) -> None:
        """A post was pushed to so many, and that took so long."""
        if followers < MEASURED:
            return
        self._reached += followers
        self._took_s += seconds
        if self._reached < ENOUGH:
            return
        self.follower_s = self._took_s / self._reached
        self._reached, self._took_s = 0, 0.0
        if self.most_s and self.follower_s:
            self._decide(self.most_s / self.follower_s)

    def _decide(self, affordable: float) -> None:
        wanted = min(max(affordable, self.least), self.most)
        self._less = self._less + 1 if wanted * NEAR <= self.followers else 0
        if wanted >= self.followers * NEAR:
            self.followers = round(min(wanted, self.followers * STEP))
            self.raised += 1
        elif self._less == AGREED:
            self.followers = round(max(wanted, self.followers / STEP))
            self.lowered += 1
            self._less = 0
