"""How fast `photolog log export` writes Parquet, beside a bare loop that reads the same log, and in how much memory.

    .venv/bin/python -m tests.bench.export [EVENTS [GRAPH.csv EDGES]]

The log is an embedded site's: follows, likes, comments and posts of a month, personal fields sealed; what is more than
TOLD of them says the same again, under ids of its own. With a graph, the first so many of its edges come before, by
`photolog import`, as accounts that follow each other. The command is a process of its own; once more it is killed twice
on its way and goes on, and both are compared with the log by event id.
"""

import asyncio
import json
import os
import platform
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from events.codec import encode
from events.comments import CommentWritten
from events.envelope import Event, Recorded
from events.follows import Followed
from events.likes import PostLiked
from infra.local.site import PHOTOLOG
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.history import SqliteHistory
from infra.sqlite.log import SqliteLog
from schemas.ids import ALPHABET, ID_DIGITS, AccountId, CommandId, CommentId, EventId, PostId
from tests.bench.importing import both_ways, imported, people
from tests.integration.stores import row_of
from tests.partitions import PARTITIONS
from tests.unit.samples import NOON, PUBLISHED

EVENTS, TOLD, PEOPLE, SEED, PAGE = 200_000, 200_000, 2_000, 11, 5_000
SHARED = 7
"""Digits that all ids of what is told have."""
MONTH_MS = 30 * 24 * 3600 * 1000
KEY = bytes(32)
AGAIN = """
    INSERT INTO log WITH ends AS (SELECT topic, partition, count(*) AS held FROM log GROUP BY topic, partition),
    told AS (
        SELECT *, substr(event_id, 1, 4) || :digit || substr(event_id, 6) AS its_own FROM log WHERE event_id GLOB :told
    )
    SELECT topic, partition, held - 1 + row_number() OVER (PARTITION BY topic, partition ORDER BY offset),
           stream, version, its_own, type, CAST(replace(CAST(wire AS TEXT), event_id, its_own) AS BLOB), at
    FROM told JOIN ends USING (topic, partition)
"""
"""What was told, once more: the digit takes the place of one that all their ids share."""
RESULT = Path(__file__).parent / "results" / "export.json"


def digits(number: int) -> str:
    """The digits of an id."""
    found = ""
    for _ in range(ID_DIGITS):
        number, digit = divmod(number, len(ALPHABET))
        found = ALPHABET[digit] + found
    return found


def history(events: int) -> Iterator[Recorded[Event]]:
    """Who does what, in the order of time."""
    draw = random.Random(SEED)
    for n in range(events):
        who, whom = (AccountId(f"ac_{digits(draw.randrange(PEOPLE))}") for _ in range(2))
        post = PostId(f"po_{digits(draw.randrange(max(1, n // 10)))}")
        kind = n % 10
        event: Event
        if kind == 0:
            post = PostId(f"po_{digits(n // 10)}")
            event, stream = PUBLISHED.model_copy(update={"author_id": who}), f"post/{post}"
        elif kind < 4:
            event, stream = Followed(follower_id=who, followee_id=whom), f"follow/{who}/{whom}/{n}"
        elif kind < 5:
            comment = CommentId(f"co_{digits(n)}")
            event = CommentWritten(
                post_id=post,
                comment_id=comment,
                author_id=who,
                text="So very fine",
                written_at=NOON,
                post_author_id=whom,
                mentions=(),
            )
            stream = f"comment/{post}/{comment}"
        else:
            event, stream = PostLiked(post_id=post, account_id=who, author_id=whom), f"like/{post}/{who}"
        id_, at = digits((NOON << 22) + n), NOON + n * MONTH_MS // events
        yield Recorded(EventId(f"ev_{id_}"), stream, 1, at, who, CommandId(f"cm_{id_}"), f"cm_{id_}", event)


async def fill(file: Path, events: int) -> None:
    """Puts them all into a log: a whole number of times what is told."""
    database = SqliteDatabase(file, "NORMAL")
    told_first = min(events, TOLD)
    log, told = SqliteLog(database, PARTITIONS), history(told_first)
    while page := list(islice(told, PAGE)):
        await log.append([row_of(one, encode(one, {one.subject: KEY})) for one in page])
    database.close()
    with closing(sqlite3.connect(file)) as rows, rows:
        for number in range(1, events // told_first):
            rows.execute(AGAIN, {"digit": ALPHABET[number], "told": f"ev_{digits(NOON << 22)[:SHARED]}*"})


def brought_in(site: Path, graph: Path, edges: int) -> dict[str, Any]:
    """The first edges of a graph, and who they are between, by the command; its summary."""
    follows = list(islice(both_ways(graph), 2 * edges))
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as rows:
        for row in people(sorted({end for edge in follows for end in edge})):
            rows.write(json.dumps(row) + "\n")
        rows.writelines(json.dumps({"follower": one, "followee": other}) + "\n" for one, other in follows)
        rows.flush()
        return imported(site, Path(rows.name))


async def bare(file: Path) -> tuple[float, float]:
    """Seconds, and CPU seconds, that reading every entry takes."""
    source, began, cpu, read = SqliteHistory(file), time.perf_counter(), time.process_time(), 0
    ends = await source.ends()
    async for entries in source.read({}, ends):
        read += len(entries)
    assert read == sum(ends.values())
    await source.close()
    return time.perf_counter() - began, time.process_time() - cpu


def logged(file: Path) -> list[str]:
    """The ids of all events of the log, in order."""
    with closing(sqlite3.connect(file)) as log:
        return [event_id for (event_id,) in log.execute("SELECT event_id FROM log ORDER BY event_id")]


def exported(site: Path, folder: Path) -> dict[str, Any]:
    """One run of the command."""
    began = time.perf_counter()
    with subprocess.Popen(command(folder), stdout=subprocess.DEVNULL, env=environment(site)) as run:
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    assert run.returncode == 0
    size = sum(file.stat().st_size for file in folder.rglob("*.parquet"))
    cpu = used.ru_utime + used.ru_stime
    return {
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_seconds": round(cpu, 1),
        "most_memory_mb": round(used.ru_maxrss / 1024),
        "parquet_mb": round(size / 1024**2, 1),
    }


def killed(site: Path, folder: Path, after_s: float) -> None:
    """A run that gets no further than that."""
    with subprocess.Popen(command(folder), stdout=subprocess.DEVNULL, env=environment(site)) as run:
        try:
            run.wait(after_s)
        except subprocess.TimeoutExpired:
            run.kill()


def command(folder: Path) -> list[str | Path]:
    return [PHOTOLOG, "log", "export", "--to", folder]


def environment(site: Path) -> Mapping[str, str]:
    return {**os.environ, "PHOTOLOG_DATA": str(site)}


def event_ids(folder: Path) -> list[str]:
    """Of all rows, in order."""
    return sorted(ds.dataset(folder / "events").to_table(columns=["event_id"]).column(0).to_pylist())


def segments(folder: Path) -> int:
    """How many the manifest names, if there is one already."""
    file = folder / "manifest.json"
    return len(json.loads(file.read_bytes())["segments"]) if file.exists() else 0


def measured(events: int, graph: Path | None, edges: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        site, folder, cut = Path(name, "site"), Path(name, "export"), Path(name, "cut")
        known = brought_in(site, graph, edges)["events"] if graph else 0
        asyncio.run(fill(site / "log.sqlite", events - known))
        loop, loop_cpu = asyncio.run(bare(site / "log.sqlite"))
        ids = logged(site / "log.sqlite")
        run = exported(site, folder)
        cut_at = []
        for _ in range(2):
            killed(site, cut, run["seconds"] / 3)
            cut_at.append(segments(cut))
        exported(site, cut)
        assert event_ids(folder) == ids
        assert event_ids(cut) == ids, "killed twice and gone on"
    rate = len(ids) / run["seconds"]
    return {
        "events": len(ids),
        "of_them_imported": known,
        "bare_events_per_s": round(len(ids) / loop),
        "bare_cpu_seconds": round(loop_cpu, 1),
        **run,
        "events_per_s": round(rate),
        "of_bare": round(rate * loop / len(ids), 2),
        "of_bare_by_cpu": round(loop_cpu / run["cpu_seconds"], 2),
        "segments_at_the_kills": cut_at,
        "killed_twice": "no row doubled or missing",
    }


def main() -> None:
    """Measures, and writes the report."""
    events, graph, edges = [*sys.argv[1:], *(str(EVENTS), "", "0")[len(sys.argv) - 1 :]]
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load": round(os.getloadavg()[0], 1)}
    said = " ".join(["python -m tests.bench.export", events, *([Path(graph).name, edges] if graph else [])])
    found = measured(int(events), Path(graph) if graph else None, int(edges))
    report = {"command": said, "seed": SEED, "machine": machine, **found}
    print(json.dumps(report, indent=2))
    RESULT.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
