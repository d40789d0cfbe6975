"""The manifest of an export: what was selected, which segments there are, and up to where each of them reads the log.

An export is what its manifest says, whatever else lies there.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import orjson

from events.replay import Selection
from infra.history.refusals import Refused
from infra.history.source import Offsets
from infra.history.targets import Target
from schemas.positions import TOPICS, Partition

VERSION = 1


@dataclass(frozen=True)
class Segment:
    """What one piece of work has added: for each table and day a file named after its number."""

    number: int
    ends: Offsets
    """Of the partitions that it read, the offset behind the last entry that it took into account."""
    rows: Mapping[str, int]
    """By table."""


@dataclass(frozen=True)
class Manifest:
    """An export, as far as it has come."""

    format: str
    selection: Selection
    log: Mapping[str, str]
    """The first event of some partition: another log has another one."""
    letters: Mapping[str, Any] = field(default_factory=dict)
    """What operators had said of dead letters (orders.py)."""
    segments: tuple[Segment, ...] = ()
    ends: Offsets | None = None
    """The ends of the log, exactly as far as it goes; None: it was cut short."""

    @property
    def positions(self) -> dict[Partition, int]:
        """Where to go on in each partition."""
        found: dict[Partition, int] = {}
        for segment in self.segments:
            found.update(segment.ends)
        return found

    @property
    def log_positions(self) -> dict[Partition, int]:
        """The same of the log alone: views are apart from it."""
        return {place: at for place, at in self.positions.items() if place.topic in TOPICS}

    @property
    def next_number(self) -> int:
        return self.segments[-1].number + 1 if self.segments else 1

    def without(self, places: list[tuple[Partition, int]]) -> "Manifest":
        """The same up to the first segment that has read any of these places."""
        kept = []
        for segment in self.segments:
            if any(segment.ends.get(partition, 0) > offset for partition, offset in places):
                break
            kept.append(segment)
        return replace(self, segments=tuple(kept), ends=None)


async def read(target: Target) -> Manifest | None:
    """The manifest of an export; None where there is none. Raises Refused for one of another release."""
    content = await target.manifest()
    if content is None:
        return None
    said = orjson.loads(content)
    if said.get("photolog_export") != VERSION:
        raise Refused(f"{target} is of another release of Photolog")
    selection: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in said["selection"].items()
    }
    return Manifest(
        format=said["format"],
        selection=Selection(**selection),
        log=said["log"],
        letters=said["letters"],
        segments=tuple(Segment(one["number"], _offsets(one["ends"]), one["rows"]) for one in said["segments"]),
        ends=None if said["ends"] is None else _offsets(said["ends"]),
    )


async def write(target: Target, manifest: Manifest) -> None:
    """All of it or nothing."""
    segments = [{"number": one.number, "rows": one.rows, "ends": _said(one.ends)} for one in manifest.segments]
    said = {
        "photolog_export": VERSION,
        "format": manifest.format,
        "selection": asdict(manifest.selection),
        "complete": manifest.ends is not None,
        "ends": None if manifest.ends is None else _said(manifest.ends),
        "rows": totals(manifest),
        "log": manifest.log,
        "letters": manifest.letters,
        "segments": segments,
    }
    await target.declare(orjson.dumps(said, option=orjson.OPT_INDENT_2))


def totals(manifest: Manifest) -> dict[str, int]:
    """Rows of each table."""
    found: dict[str, int] = {}
    for segment in manifest.segments:
        for table, number in segment.rows.items():
            found[table] = found.get(table, 0) + number
    return dict(sorted(found.items()))


def _said(offsets: Offsets) -> dict[str, dict[str, int]]:
    """By topic and partition."""
    found: dict[str, dict[str, int]] = {}
    for place, offset in sorted(offsets.items()):
        found.setdefault(place.topic, {})[str(place.number)] = offset
    return found


def _offsets(said: Mapping[str, Mapping[str, int]]) -> Offsets:
    return {Partition(topic, int(number)): offset for topic, by in said.items() for number, offset in by.items()}
