"""How many dead letters a process may write: a deployment that can read nothing is stopped, and empties no log."""

from collections.abc import Callable
from dataclasses import dataclass, field

from processors.planning import Poison

HOUR_S = 3600.0


class TooMany(Poison):
    """Nothing more is put aside for now: the partition waits instead."""

    def __init__(self, most: int, next_one: Poison) -> None:
        super().__init__("too_many_dead_letters", f"{most} in an hour; the next is {next_one}")


@dataclass
class Allowance:
    """So many in any hour, of one subscriber in one process. Asked again for the same letter, it grants it again."""

    most: int
    now: Callable[[], float]
    """Seconds, from any moment on."""
    _granted: dict[str, float] = field(default_factory=dict)

    def take(self, letter_id: str, poison: Poison) -> None:
        """Raises TooMany."""
        since = self.now() - HOUR_S
        self._granted = {one: when for one, when in self._granted.items() if when > since}
        if letter_id not in self._granted:
            if len(self._granted) >= self.most:
                raise TooMany(self.most, poison)
            self._granted[letter_id] = self.now()
