"""Events to wire bytes and back: orjson, personal fields sealed with the subject's key."""

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import ValidationError

from events.envelope import EVENT_TYPES, Event, Recorded
from events.personal import seal, unseal

Keys = Mapping[str, bytes | None]
"""Each subject's key; None where it is destroyed."""

ENVELOPE = {"id", "stream", "version", "at", "actor", "causation", "correlation", "subject", "data"}
"""What every event has on the wire besides its type."""


class Undecodable(Exception):
    """Bytes that are no event of ours, with a code and the field at fault, never a value."""

    def __init__(self, code: str, field: str = "") -> None:
        super().__init__(f"{code} at {field}" if field else code)
        self.code = code
        self.field = field


def encode(recorded: Recorded[Event], keys: Keys) -> bytes:
    """The wire form. Raises LookupError when personal fields have no key to be sealed with."""
    event = recorded.event
    data = event.model_dump(mode="json", exclude=set(event.personal))
    key = keys.get(recorded.subject)
    for field in event.personal:
        if key is None:
            raise LookupError(f"no key for {recorded.subject}")
        data[field] = seal(_jsonable(event, field), key, recorded.id, field)
    return orjson.dumps({**recorded.envelope(), "data": data})


def decode(wire: bytes, keys: Keys) -> Recorded[Event]:
    """The event. Fields whose key is None are REDACTED. Raises Undecodable, or KeyError for a subject not in `keys`."""
    raw = _load(wire)
    event_type = EVENT_TYPES.get(str(raw.get("type")))
    if event_type is None:
        raise Undecodable("unknown_type", str(raw.get("type")))
    if missing := ENVELOPE - raw.keys():
        raise Undecodable("missing_field", min(missing))
    try:
        data = dict(raw["data"])
        if unsaid := set(event_type.personal) - data.keys():
            raise Undecodable("invalid_field", min(unsaid))
        for field in event_type.personal:
            data[field] = unseal(data[field], keys[raw["subject"]], raw["id"], field)
        return Recorded(
            id=raw["id"],
            stream=raw["stream"],
            version=raw["version"],
            at=raw["at"],
            actor=raw["actor"],
            causation=raw["causation"],
            correlation=raw["correlation"],
            event=event_type.model_validate(data),
        )
    except ValidationError as error:
        raise Undecodable("invalid_field", ".".join(str(part) for part in error.errors()[0]["loc"])) from None
    except (TypeError, ValueError) as error:
        raise Undecodable("malformed", type(error).__name__) from None


def subject_of(wire: bytes) -> str:
    """Whose key is needed to read this event."""
    return str(_load(wire).get("subject", ""))


def _load(wire: bytes) -> dict[str, Any]:
    try:
        raw = orjson.loads(wire)
    except orjson.JSONDecodeError:
        raise Undecodable("not_json") from None
    if not isinstance(raw, dict):
        raise Undecodable("not_an_object")
    return raw


def _jsonable(event: Event, field: str) -> object:
    return event.model_dump(mode="json", include={field})[field]
