"""The events' JSON Schemas: derived from the types, kept as files under schemas/events, one a version of a type."""

import json
from pathlib import Path
from typing import Any

import events.accounts
import events.comments
import events.follows
import events.likes
import events.posts  # noqa: F401 - importing them is what registers the event types
from events.envelope import EVENT_TYPES, Event

FOLDER = Path(__file__).parents[1] / "schemas" / "events"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(event_type: type[Event]) -> dict[str, Any]:
    """The schema of an event's `data` as the log holds it: personal fields are sealed, base64 strings."""
    schema = event_type.model_json_schema(mode="serialization")
    return {
        "$schema": DIALECT,
        "$id": f"urn:photolog:event:{event_type.type_name}",
        "x-subject": event_type.subject_field,
        **schema,
    }


def write_all() -> list[str]:
    """Writes what is missing; a schema on file is never overwritten. Names what was written."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    written = []
    for name, event_type in sorted(EVENT_TYPES.items()):
        path = FOLDER / f"{name}.json"
        if not path.exists():
            path.write_text(_text(schema_of(event_type)))
            written.append(name)
    return written


def differences() -> list[str]:
    """What is not as on file, one line each: missing, changed, or left over."""
    on_file = {path.stem: path.read_text() for path in FOLDER.glob("*.json")}
    derived = {name: _text(schema_of(event_type)) for name, event_type in EVENT_TYPES.items()}
    missing = [f"{name}: no schema on file; run `photolog schemas write`" for name in derived.keys() - on_file.keys()]
    left = [f"{name}: on file, but there is no such event type" for name in on_file.keys() - derived.keys()]
    changed = [
        f"{name}: the type no longer has the schema on file"
        for name in derived.keys() & on_file.keys()
        if derived[name] != on_file[name]
    ]
    return sorted(missing + left + changed)


def _text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"
