"""What each fault did to the write side, in numbers; kept in tests/bench/results by the long form."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.chaos.write_faults.faults import Blow
from tests.chaos.write_faults.judgement import Judgement
from tests.chaos.write_faults.sent import Sent, interrupted_by


@dataclass
class Found:
    """All rounds of one fault."""

    fault: str
    rounds: int = 0
    acknowledged: int = 0
    unfinished: Counter[str] = field(default_factory=Counter)
    """What was left to do, by kind, summed over the rounds."""
    rounds_in_flight: int = 0
    """Rounds that left clients without an answer."""
    rounds_unfinished: int = 0
    """Rounds that left a reserved key without an answer, or a decision that is not in the log."""
    rounds_above_mark: int = 0
    """Rounds that left a decision that is not in the log."""
    longest_recovery_s: float = 0.0
    """Until every command API had acknowledged a command that was sent after the fault."""
    late_duplicates: int = 0
    reconciler_finished_events: int = 0
    left_for_the_reconciler: list[Sent] = field(default_factory=list)
    """Decisions that were not in the log right after the fault."""

    def count(self, blow: Blow, recovery_s: float) -> None:
        """One round."""
        left = blow.unfinished
        self.rounds += 1
        self.unfinished.update(left.counted)
        self.rounds_in_flight += bool(left.in_flight)
        self.rounds_unfinished += left.strong
        self.rounds_above_mark += bool(left.above_mark)
        self.left_for_the_reconciler += left.above_mark
        self.longest_recovery_s = max(self.longest_recovery_s, round(recovery_s, 2))

    @property
    def abandoned_above_mark(self) -> int:
        """Decisions left above a mark that no client came back for."""
        return sum(one.abandoned for one in self.left_for_the_reconciler)

    def as_json(self, sent: Sequence[Sent], judgement: Judgement) -> dict[str, Any]:
        """With what became of the commands that this fault was the first to interrupt."""
        struck = interrupted_by(self.fault, sent)
        there = sum(bool(judgement.left_by(one)) for one in struck)
        numbers = asdict(self) | {
            "unfinished": dict(self.unfinished),
            "interrupted": len(struck),
            "interrupted_because": dict(sum((one.lost for one in struck), Counter())),
            "retried": sum(one.retried for one in struck),
            "abandoned": sum(one.abandoned for one in struck),
            "wholly_there": there,
            "wholly_absent": len(struck) - there,
            "abandoned_and_there": sum(one.abandoned and bool(judgement.left_by(one)) for one in struck),
            "abandoned_above_mark": self.abandoned_above_mark,
        }
        del numbers["left_for_the_reconciler"]
        return numbers
