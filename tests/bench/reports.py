"""Reports of benches: what was measured, by which command, with what, on which machine. JSON under results/."""

import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results")


def report(name: str, command: str, found: Mapping[str, Any], setup: Mapping[str, Any]) -> None:
    """Keeps it in results/`name`.json, and prints it."""
    machine = {"cores": os.cpu_count(), "load_1_5_15_min": os.getloadavg(), "python": platform.python_version()}
    text = json.dumps({"command": command, **found, "setup": setup, "machine": machine}, indent=2) + "\n"
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(text)
    sys.stdout.write(text)


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """In milliseconds."""
    ordered = sorted(seconds)
    places = {"p50": 0.5, "p99": 0.99, "max": 1}
    last = len(ordered) - 1
    return {name: round(1000 * ordered[min(last, int(part * len(ordered)))], 2) for name, part in places.items()}
