"""Every version of every event type, and in words what each changed: `photolog schemas list`."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from events.envelope import EVENT_TYPES, stem_and_version
from events.upcasters import path_from
from infra.event_schemas.files import Files, Json
from infra.event_schemas.replay import upcast_sample
from infra.event_schemas.shape import PERSONAL, changes, shape_of


@dataclass(frozen=True)
class Version:
    """One version as it was or is written."""

    name: str
    written: bool
    """Today's; older ones are only read."""
    reads_as: str
    changes: list[str]
    """Against the version before, one line a field; empty for the first."""


def versions(files: Files) -> list[Version]:
    """In the order of their names."""
    shapes = {name: shape_of(schema) for name, schema in files.schemas().items()}
    found = []
    for name in sorted(shapes, key=stem_and_version):
        stem, version = stem_and_version(name)
        before = f"{stem}.v{version - 1}"
        reads_as = [name, *(step.target for step in path_from(name))][-1]
        lines = changes(shapes[before], shapes[name]) if before in shapes else []
        told = _with_defaults(lines, *upcast_sample(before, files))
        found.append(Version(name, name in EVENT_TYPES, reads_as, list(told)))
    return found


def _with_defaults(lines: list[str], stored: Json, reads: Json) -> Iterator[str]:
    """The lines, with what stored events get in a field that was added; and fields whose value is made anew."""
    for line in lines:
        field = line[2:].partition(":")[0]
        default = "what can be told from what they held" if PERSONAL in line else json.dumps(reads.get(field))
        yield f"{line[:-1]}; stored events get {default})" if line.startswith("+") and field in reads else line
    for field in sorted(stored.keys() & reads.keys()):
        if stored[field] != reads[field]:
            yield f"~ {field}: the same shape  (made anew from what was stored)"
