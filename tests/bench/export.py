"""How fast `photolog log export` writes Parquet, beside a bare loop that reads the same log, and in how much memory.

    .venv/bin/python -m tests.bench.export [EVENTS]

The log is an embedded site's: follows, likes, comments and posts of a month, personal fields sealed. The command is a
process of its own; once more it is killed twice on its way and goes on, and what it wrote is compared with the log.
"""

import asyncio
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
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
from tests.integration.stores import row_of
from tests.partitions import PARTITIONS
from tests.unit.samples import NOON, PUBLISHED

EVENTS, PEOPLE, SEED, PAGE = 200_000, 2_000, 11, 5_000
MONTH_MS = 30 * 24 * 3600 * 1000
KEY = bytes(32)
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
    """Puts them all into a log."""
    database = SqliteDatabase(file, "NORMAL")
    log, told = SqliteLog(database, PARTITIONS), history(events)
    while page := list(islice(told, PAGE)):
        await log.append([row_of(one, encode(one, {one.subject: KEY})) for one in page])
    database.close()


async def bare(file: Path) -> tuple[float, float]:
    """Seconds, and CPU seconds, that reading every entry takes."""
    source, began, cpu, read = SqliteHistory(file), time.perf_counter(), time.process_time(), 0
    ends = await source.ends()
    async for entries in source.read({}, ends):
        read += len(entries)
    assert read == sum(ends.values())
    await source.close()
    return time.perf_counter() - began, time.process_time() - cpu


def exported(site: Path, folder: Path) -> dict[str, Any]:
    """One run of the command."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command(folder), check=True, stdout=subprocess.DEVNULL, env=environment(site))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    size = sum(file.stat().st_size for file in folder.rglob("*.parquet"))
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_seconds": round(cpu, 1),
        "most_memory_mb": round(after.ru_maxrss / 1024),
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
    """Of all rows."""
    found: list[str] = ds.dataset(folder / "events").to_table(columns=["event_id"]).column(0).to_pylist()
    return found


def measured(events: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        site, folder, cut = Path(name, "site"), Path(name, "export"), Path(name, "cut")
        asyncio.run(fill(site / "log.sqlite", events))
        loop, loop_cpu = asyncio.run(bare(site / "log.sqlite"))
        run = exported(site, folder)
        for _ in range(2):
            killed(site, cut, run["seconds"] / 3)
        exported(site, cut)
        expected = sorted(f"ev_{digits((NOON << 22) + n)}" for n in range(events))
        assert sorted(event_ids(folder)) == expected
        assert sorted(event_ids(cut)) == expected, "killed twice and gone on"
    rate = events / run["seconds"]
    return {
        "events": events,
        "bare_events_per_s": round(events / loop),
        "bare_cpu_seconds": round(loop_cpu, 1),
        **run,
        "events_per_s": round(rate),
        "of_bare": round(rate * loop / events, 2),
        "of_bare_by_cpu": round(loop_cpu / run["cpu_seconds"], 2),
        "killed_twice": "no row doubled or missing",
    }


def main() -> None:
    """Measures, and writes the report."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load": round(os.getloadavg()[0], 1)}
    said = " ".join(["python -m tests.bench.export", *sys.argv[1:]])
    report = {"command": said, "seed": SEED, "machine": machine, **measured(events)}
    print(json.dumps(report, indent=2))
    RESULT.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
