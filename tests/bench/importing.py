"""How many events a second `photolog import` adds on the embedded backend, and how fast it passes what it knows.

    .venv/bin/python -m tests.bench.importing [PEOPLE EDGES | GRAPH.csv]

A graph is a CSV file of undirected edges with a header, each of which is a follow both ways. Without one, people follow
whom the seed draws. The command runs as a process of its own; its CPU time is counted with that of its start.
"""

import csv
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.local.site import PHOTOLOG

PEOPLE, EDGES, SEED = 5_000, 20_000, 11
RESULT = Path(__file__).parent / "results" / "import.json"
UNLIMITED = "1000000"
"""Followees of one account: a real graph may know no limit."""


def people(ids: Iterable[int]) -> Iterator[dict[str, Any]]:
    """Rows of accounts."""
    for n in ids:
        yield {"id": n, "username": f"person{n}", "email": f"person{n}@example.org", "display_name": f"Person {n}"}


def drawn(number: int, edges: int) -> Iterator[tuple[int, int]]:
    """Different edges between so many people."""
    draw, seen = random.Random(SEED), set[tuple[int, int]]()
    while len(seen) < edges:
        edge = draw.randrange(number), draw.randrange(number)
        if edge[0] != edge[1] and edge not in seen:
            seen.add(edge)
            yield edge


def both_ways(file: Path) -> Iterator[tuple[int, int]]:
    """The edges of a graph."""
    with file.open(newline="") as source:
        rows = csv.reader(source)
        next(rows)
        for one, other in rows:
            yield int(one), int(other)
            yield int(other), int(one)


def imported(site: Path, file: Path) -> dict[str, Any]:
    """One run of the command: its summary, and events and rows by second and by CPU second."""
    settings = {"PHOTOLOG_DATA": str(site), "PHOTOLOG_ACCOUNT_FOLLOWEES": UNLIMITED}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([PHOTOLOG, "import", "--json", file], stdout=subprocess.PIPE, env=os.environ | settings)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = json.loads(done.stdout)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    rows = told["added"] + told["known"]
    return {
        **told,
        "cpu_seconds": round(cpu, 1),
        "events_per_s": round(told["events"] / told["seconds"]),
        "events_per_cpu_s": round(told["events"] / cpu),
        "rows_per_s": round(rows / told["seconds"]),
    }


def measured(edges: list[tuple[int, int]], about: Mapping[str, Any]) -> dict[str, Any]:
    """The import of these, and the same once more."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "rows.jsonl")
        with file.open("w") as target:
            for row in people(sorted({end for edge in edges for end in edge})):
                target.write(json.dumps(row) + "\n")
            for follower, followee in edges:
                target.write(json.dumps({"follower": follower, "followee": followee}) + "\n")
        site = Path(folder, "site")
        return {**about, "first": imported(site, file), "again": imported(site, file)}


def main() -> None:
    """Measures, and writes the report."""
    given = sys.argv[1:]
    if len(given) == 1:
        edges, about = list(both_ways(Path(given[0]))), {"graph": Path(given[0]).name}
    else:
        number, count = (int(given[0]), int(given[1])) if given else (PEOPLE, EDGES)
        edges, about = list(drawn(number, count)), {"graph": f"{count} edges drawn between {number} people"}
    command = " ".join(["python -m tests.bench.importing", *(Path(one).name for one in given)])
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load": round(os.getloadavg()[0], 1)}
    report = measured(edges, {"command": command, "seed": SEED, "machine": machine, **about})
    print(json.dumps(report, indent=2))
    RESULT.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
