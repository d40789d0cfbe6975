"""What the kill test found, one line a round; kept in tests/bench/results by the long form."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "bench" / "results"


@dataclass
class Round:
    """One kill. `unfinished` counts what was left to do, by kind."""

    seed: str
    killed_at: int
    acknowledged: int = 0
    interrupted: int = 0
    found_there: int = 0
    found_absent: int = 0
    log_events: int = 0
    unfinished: dict[str, int] = field(default_factory=dict)

    @property
    def left_work(self) -> bool:
        return any(self.unfinished.values())


def report(seed: int, rounds: list[Round]) -> str:
    """The report as JSON."""
    kills = {"rounds": [asdict(one) for one in rounds], "left_work": sum(one.left_work for one in rounds)}
    return json.dumps({"seed": seed, **kills}, indent=2)


def keep(text: str, name: str) -> None:
    """Writes a report to where results are kept."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / name).write_text(text + "\n")
