"""The real servers of a bench: its own, gone with it, or a stack that runs already and is left running; and what its
command can be told.
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.local.stack.stack import Stack
from tests.stack import stack_in


@contextmanager
def servers(folder: Path, running: str) -> Iterator[Stack]:
    """`running`: the folder of the stack that runs already; empty: there is none. Blocks while they start."""
    stack = stack_in(Path(running) if running else folder / "stack")
    stack.up()
    try:
        yield stack
    finally:
        if not running:
            stack.down()


def options_of(bench: str, description: str | None, **numbers: float) -> argparse.Namespace:
    """What the command was told: these numbers, which it has where nobody says others, and a stack that runs."""
    parser = argparse.ArgumentParser(prog=f"python -m tests.bench.{bench}", description=description)
    for name, number in numbers.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(number), default=number)
    parser.add_argument("--stack", default="", help="folder of a stack that runs already, and is left running")
    return parser.parse_args()


def setup_of(options: argparse.Namespace) -> dict[str, Any]:
    """The numbers, for a report."""
    return {name: value for name, value in vars(options).items() if name != "stack"}
