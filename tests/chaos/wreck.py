"""What a killed server left on disk, read from a copy: opening the files themselves would already repair them."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.reference.log import LogEvent, read_log

Place = tuple[str, str, int]
"""Projection, topic, partition."""


@dataclass(frozen=True)
class Wreck:
    """The log at the moment of the kill, and the offset that each reader of it would take next."""

    log: list[LogEvent]
    next_offsets: dict[Place, int]

    @property
    def unapplied(self) -> int:
        """Events that a projection or the media pipeline had yet to take, summed over them."""
        reads = {(projection, topic) for projection, topic, _ in self.next_offsets}
        return sum(
            event.offset >= self.next_offsets.get((projection, event.topic, event.partition), 0)
            for event in self.log
            for projection, topic in reads
            if topic == event.topic
        )

    @property
    def unpublished(self) -> int:
        """Posts whose upload was complete and that were neither published, rejected nor deleted."""
        complete = {event.stream for event in self.log if event.name == "post.upload_completed"}
        over = {e.stream for e in self.log if e.name in ("post.published", "post.rejected", "post.deleted")}
        return len(complete - over)


def salvage(data: Path, into: Path) -> Wreck:
    """Copies the databases and reads the copies. The server must be dead."""
    into.mkdir()
    for file in data.glob("*.sqlite*"):
        shutil.copyfile(file, into / file.name)
    return Wreck(read_log(into), _next_offsets(into))


def _next_offsets(data: Path) -> dict[Place, int]:
    with closing(sqlite3.connect(data / "views.sqlite")) as connection:
        rows = connection.execute("SELECT projection, topic, log_partition, next_offset FROM positions").fetchall()
    return {(projection, topic, partition): offset for projection, topic, partition, offset in rows}
