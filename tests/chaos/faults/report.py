"""What each outage did to the load, in numbers; written to tests/bench/results/server-faults.json by the long form."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from tests.chaos.faults.talk import UNAVAILABLE, Said

RESULTS = Path(__file__).parents[2] / "bench" / "results" / "server-faults.json"
COMMAND = "PHOTOLOG_CHAOS=long .venv/bin/pytest tests/chaos/test_server_faults.py"


@dataclass
class Times:
    """When a server was killed and answered again, by time.monotonic(); and how long until all were served."""

    killed: float = 0.0
    up: float = 0.0
    served: float = 0.0


@dataclass(frozen=True)
class Outage:
    """One server's absence. Requests count to the time at which they were asked."""

    what: str
    """Which server, and what else befell it."""
    down_s: float
    served_during: dict[str, int]
    """Answers by kind that were right while the server was away."""
    refused_during: dict[str, int]
    """503s by kind."""
    codes: dict[str, int]
    """The refusals by code of problem, those after the server's return too."""
    longest_s: dict[str, float]
    """The longest answer by kind, from the kill on."""
    served_again_s: float
    """From the server's own readiness until every kind of request had succeeded."""

    @property
    def refused(self) -> int:
        """How often the outage was felt."""
        return sum(self.refused_during.values())

    @classmethod
    def of(cls, what: str, down_s: float, times: Times, said: Sequence[Said]) -> Self:
        """From the answers of that time."""
        after_kill = [one for one in said if one.answered >= times.killed]
        during = [one for one in after_kill if one.asked < times.up]
        longest: dict[str, float] = {}
        for one in after_kill:
            longest[one.kind] = max(longest.get(one.kind, 0.0), round(one.answered - one.asked, 2))
        return cls(
            what,
            down_s,
            _by_kind(one for one in during if one.status < 300 and one.answered < times.up),
            _by_kind(one for one in during if one.status == UNAVAILABLE),
            dict(Counter(one.code for one in after_kill if one.code)),
            dict(sorted(longest.items())),
            round(times.served, 2),
        )


def report(seed: int, outages: list[Outage]) -> str:
    """The report as JSON."""
    found = {"command": f"PHOTOLOG_CHAOS_SEED={seed} {COMMAND}", "seed": seed}
    return json.dumps({**found, "outages": [asdict(one) for one in outages]}, indent=2)


def keep(text: str) -> None:
    """Writes the report to where results are kept."""
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(text + "\n")


def _by_kind(said: Iterable[Said]) -> dict[str, int]:
    return dict(sorted(Counter(one.kind for one in said).items()))
