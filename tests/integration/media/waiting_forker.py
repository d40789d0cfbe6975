"""A forker whose children decode nothing: `python -m tests.integration.media.waiting_forker GATE REPORT SECONDS FD`.

Each waits, SECONDS or, where its photo is called slow, at the gate, then says what the report says.
"""

import sys
import time
from functools import partial
from pathlib import Path

from infra.vips import forker

SLOW = b"slow"
"""What the photo says whose child waits at the gate."""


def wait(gate: Path, report: Path, seconds: float, source: str, *_how: str) -> None:
    """What a child does."""
    if Path(source).read_bytes() == SLOW:
        gate.read_text()
    else:
        time.sleep(seconds)
    sys.stdout.buffer.write(report.read_bytes())
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    gate, report, seconds, descriptor = sys.argv[1:]
    forker.main(descriptor, partial(wait, Path(gate), Path(report), float(seconds)))
