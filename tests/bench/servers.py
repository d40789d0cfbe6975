"""The real servers of a bench: its own, gone with it, or a stack that runs already and is left running; and what its
command can be told.
"""

import argparse
import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.local.stack.stack import Stack
from tests.stack import stack_in

IDLE, LOOK_S, RESTS_WITHIN_S = 0.9, 0.5, 60.0


async def rested() -> None:
    """Returns once the processors have little to do: servers go on for a while with what was put into them. After
    a minute at the latest, for others may keep the machine busy."""
    began, (idle, of_all) = time.monotonic(), _ticks()
    while time.monotonic() - began < RESTS_WITHIN_S:
        await asyncio.sleep(LOOK_S)
        (idle, of_all), before = _ticks(), (idle, of_all)
        if idle - before[0] >= IDLE * (of_all - before[1]):
            return


def _ticks() -> tuple[int, int]:
    """Of all processors since the machine started: idle ones, and all."""
    ticks = [int(number) for number in Path("/proc/stat").read_text().partition("\n")[0].split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


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


def pids_of(stack: Stack, *names: str) -> dict[str, int]:
    """The processes of these servers."""
    return {one.name: one.pid for one in stack.status() if one.name in names and one.pid}


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
