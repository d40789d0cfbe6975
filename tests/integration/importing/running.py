"""`photolog import` on files that a test writes, as a process of its own or in the test's."""

import asyncio
import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from typer.testing import Result

from infra.local.site import PHOTOLOG, LocalSite
from infra.sqlite.database import SqliteDatabase
from tests import photolog_here

EVENTS = "SELECT type, count(DISTINCT event_id) AS events, count(*) AS entries FROM log GROUP BY type"


def photolog_import(data: Path, *words: str | Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    """The command on this data folder."""
    return subprocess.run(
        [PHOTOLOG, "import", *words], capture_output=True, text=True, env=photolog_here.alone(data, **settings)
    )


def imported_here(data: Path, *words: str | Path, **settings: str) -> Result:
    """The same in this process."""
    return photolog_here.photolog({"PHOTOLOG_DATA": str(data), **photolog_here.settings(**settings)}, "import", *words)


def written(file: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """A file of JSON lines."""
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return file


def accounts(number: int) -> list[dict[str, Any]]:
    """So many people."""
    return [{"id": n, "username": f"person{n}", "email": f"person{n}@example.org"} for n in range(number)]


def follows(number: int, each: int) -> list[dict[str, Any]]:
    """Everybody follows those who come next."""
    return [{"follower": n, "followee": (n + m) % number} for n in range(number) for m in range(1, each + 1)]


def events(data: Path) -> dict[str, int]:
    """How many events of each type the log has; none of them twice."""
    database = SqliteDatabase(data / "log.sqlite", "NORMAL")
    try:
        found = database.rows(EVENTS)
    finally:
        database.close()
    assert all(row["events"] == row["entries"] for row in found)
    return {row["type"]: row["events"] for row in found}


async def imported(site: LocalSite, file: Path) -> Any:
    """The summary of a run that refused nothing."""
    run = await asyncio.create_subprocess_exec(
        PHOTOLOG, "import", "--json", file, env=site.environment, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await run.communicate()
    assert run.returncode == 0
    return json.loads(said)
