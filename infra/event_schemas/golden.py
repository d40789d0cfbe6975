"""Golden samples: for each version of an event type ever stored, one event as the log holds it, under schemas/golden.

Sealed with a key that anybody can compute, for subjects that do not exist. Replayed through decode by gate.py and CI.
"""

import hashlib
from collections.abc import Iterable
from typing import Any, get_args

import orjson
from pydantic import BaseModel, TypeAdapter

from events.codec import Keys, encode
from events.envelope import EVENT_TYPES, Event, Recorded
from events.personal import Redacted, Sealed, unseal
from events.topics import stream_kind
from infra.event_schemas.files import Files, Json
from schemas.ids import CommandId, EventId

TEST_KEY = hashlib.sha256(b"golden samples of photolog").digest()
"""Opens every golden sample. It protects nothing."""
AT = 1_800_000_000_000
"""When golden events happened, as far as they know: 2027-01-15."""


def keys_of(wire: bytes, key: bytes | None = TEST_KEY) -> Keys:
    """What opens this sample; without a key, what stands for one that is destroyed."""
    return {orjson.loads(wire)["subject"]: key}


def write(event: Event, files: Files) -> bool:
    """Writes the sample of a type that has none yet; one that is on file is never overwritten: False."""
    path = files.golden(event.type_name)
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    wire = encode(_recorded(event), {event.subject: TEST_KEY})
    path.write_bytes(orjson.dumps(orjson.loads(wire), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return True


def opened(wire: bytes, personal: Iterable[str]) -> Json:
    """The data of a sample in clear."""
    raw = orjson.loads(wire)
    return {**raw["data"], **{name: unseal(raw["data"][name], TEST_KEY, raw["id"], name) for name in personal}}


def from_data(name: str, data: Json) -> Event:
    """An event of this type from its data in clear. Raises ValueError, of which ValidationError is one."""
    if name not in EVENT_TYPES:
        raise ValueError(f"is no event type; there are {', '.join(sorted(EVENT_TYPES))}")
    return EVENT_TYPES[name].model_validate(data)


def made_up(event_type: type[Event]) -> Event:
    """An event of this type whose values mean nothing."""
    return event_type.model_validate(_members(event_type))


def _recorded(event: Event) -> Recorded[Event]:
    return Recorded(
        id=EventId("ev_0000000000G"),
        stream=f"{stream_kind(event.type_name)}/made/up",
        version=1,
        at=AT,
        actor=event.subject,
        causation=CommandId("cm_0000000000G"),
        correlation="cm_0000000000G",
        event=event,
    )


def _members(model: type[BaseModel]) -> Json:
    """A value for every field; a personal one is made for what is sealed in it."""
    made = {}
    for name, field in model.model_fields.items():
        kind: Any = field.annotation
        if any(isinstance(mark, Sealed) for mark in field.metadata):
            kind = next(kind for kind in get_args(kind) if kind is not Redacted)
        schema = TypeAdapter(kind).json_schema()
        made[name] = _value(name, schema, schema.get("$defs", {}))
    return made


def _value(name: str, schema: Json, defs: Json) -> object:
    """A value that is valid under a schema, as pydantic derives them."""
    if "$ref" in schema:
        return _value(name, defs[schema["$ref"].rpartition("/")[2]], defs)
    if "anyOf" in schema:
        return _value(name, schema["anyOf"][0], defs)
    match schema.get("type"):
        case "object":
            return {field: _value(field, inner, defs) for field, inner in schema.get("properties", {}).items()}
        case "array":
            return [_value(name, schema["items"], defs)]
        case "integer" | "number":
            return 1
        case "boolean":
            return True
        case "null":
            return None
        case _:
            return schema["enum"][0] if "enum" in schema else schema.get("const", f"made-up {name}")
