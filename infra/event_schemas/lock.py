"""schemas/events.lock: the shape of every version ever released, and its golden sample's digest. It only ever grows.

Written by `photolog schemas write`; compared by gate.py with what is on file, with the types, and with its own past.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from infra.event_schemas.files import Files, text
from infra.event_schemas.shape import Shape, shape_of


@dataclass(frozen=True)
class Locked:
    """What was released of one version of an event type."""

    shape: Shape
    golden: str
    """SHA-256 of the file with its golden sample."""


Lock = Mapping[str, Locked]
"""By event type name."""


def read(content: str) -> Lock:
    """The lock that a file holds."""
    return {name: Locked(entry["shape"], entry["golden"]) for name, entry in json.loads(content or "{}").items()}


def on_file(files: Files) -> Lock:
    """The lock as it is now; empty before the first release."""
    return read(files.lock.read_text() if files.lock.exists() else "")


def current(files: Files) -> Lock:
    """What the schemas and golden samples on file would be locked as."""
    goldens = files.goldens()
    return {
        name: Locked(shape_of(schema), digest(goldens[name]))
        for name, schema in files.schemas().items()
        if name in goldens
    }


def grow(files: Files) -> list[str]:
    """Locks the versions that are not locked yet, and changes nothing else. Names them."""
    locked = on_file(files)
    new = {name: entry for name, entry in current(files).items() if name not in locked}
    if new:
        whole = {**locked, **new}
        files.lock.write_text(text({name: vars(entry) for name, entry in whole.items()}))
    return sorted(new)


def digest(golden: bytes) -> str:
    """What stands for a golden sample in the lock."""
    return hashlib.sha256(golden).hexdigest()
