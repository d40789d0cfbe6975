"""A site whose log is archived in part, and may have lost its beginning as a broker's operator may have it: nothing of
ours takes it away."""

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.archive import manifest as manifests
from infra.archive.manifest import Manifest
from infra.directory.objects import DirectoryObjects
from infra.process.clock import wall_clock
from tests.integration.history.commands import photolog_log

SMALL = {"PHOTOLOG_EXPORT_BYTES": "1500"}


def archived(data: Path, *words: str) -> dict[str, Any]:
    done = photolog_log(data, "archive", "--json", *words, **SMALL)
    assert done.exit_code == 0, done.output
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def objects_of(data: Path) -> DirectoryObjects:
    return DirectoryObjects(data / "objects", "", b"of no concern here", wall_clock)


def newest(data: Path) -> Manifest:
    return asyncio.run(manifests.newest(objects_of(data)))


def taken_at(data: Path, share: float) -> str:
    """When the log took so much of what it has."""
    with closing(sqlite3.connect(data / "log.sqlite")) as log:
        times = [at for (at,) in log.execute("SELECT at FROM log ORDER BY at")]
    return datetime.fromtimestamp(times[int(share * len(times))] / 1000, UTC).isoformat()


def without_its_beginning(data: Path) -> Path:
    """Of each partition, what the archive has before its last event is gone from the log."""
    with closing(sqlite3.connect(data / "log.sqlite")) as log, log:
        for place, end in newest(data).ends.items():
            log.execute("DELETE FROM log WHERE topic = ? AND partition = ? AND offset < ?", (*place, end - 1))
        assert log.total_changes
    return data
