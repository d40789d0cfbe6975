"""How long requests took, as timing.py counts and measures.py shows. Loads no API: workers have measures too."""

from collections import defaultdict
from dataclasses import dataclass, field

from processors.durations import Durations

NOTHING = "nothing"
"""What is asked for that is no call of ours: not by its path, which anybody may make up."""


@dataclass(frozen=True)
class Timings:
    """Of one process: by operation (as `GET /posts/{post_id}`) and outcome."""

    took: dict[tuple[str, str], Durations] = field(default_factory=lambda: defaultdict(Durations))
