"""How many commands a second the write side decides, beside the bare statements of its protocol, on both backends.

    .venv/bin/python -m tests.bench.write [SECONDS A ROUND]

Ways take turns, round by round; the median round counts. Aim: 0.6 of the bare protocol at 32 in flight.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

from infra.http.server import run
from tests.bench.reports import report
from tests.bench.write.measuring import Measured, measure, median
from tests.bench.write.ways import Ways, on_cluster, on_embedded
from tests.stack import stack_in

IN_FLIGHT = (1, 8, 32, 128)
ROUNDS = 3
WAYS = ("command", "command_with_key", "bare_protocol", "bare_insert")


async def rounds(ways: Ways, seconds: float) -> dict[str, Any]:
    """Every way at every number in flight, and their ratios."""
    found: dict[str, Any] = {}
    for in_flight in IN_FLIGHT:
        measured: dict[str, list[Measured]] = {way: [] for way in WAYS}
        for _ in range(ROUNDS):
            for way in WAYS:
                measured[way].append(await measure(getattr(ways, way), in_flight, seconds, ways.pids))
        medians = {way: median(some) for way, some in measured.items()}
        rate = {way: one["per_s"] for way, one in medians.items()}
        ratios = {
            "command_to_bare_protocol": round(rate["command"] / rate["bare_protocol"], 2),
            "command_to_bare_insert": round(rate["command"] / rate["bare_insert"], 2),
        }
        print(f"{in_flight:4} in flight: {ratios} {rate}", file=sys.stderr)
        found[f"{in_flight} in flight"] = {**ratios, **medians}
    return found


async def both(folder: Path, seconds: float) -> dict[str, Any]:
    """Embedded first, then the cluster on a stack of its own."""
    print("embedded", file=sys.stderr)
    async with on_embedded(folder) as ways:
        embedded = await rounds(ways, seconds)
    print("cluster", file=sys.stderr)
    stack = stack_in(folder / "stack")
    await asyncio.to_thread(stack.up)
    try:
        async with on_cluster(stack) as ways:
            cluster = await rounds(ways, seconds)
    finally:
        await asyncio.to_thread(stack.down)
    return {"embedded": embedded, "cluster": cluster}


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    with tempfile.TemporaryDirectory() as folder:
        found = run(both(Path(folder), seconds))
    setup = {"rounds": ROUNDS, "seconds_a_round": seconds, "servers": "one node each, on the same machine"}
    report("write", "python -m tests.bench.write", found, setup)


if __name__ == "__main__":
    main()
