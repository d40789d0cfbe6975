"""The real servers of a bench: its own, gone with it, or a stack that runs already and is left running."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
