"""Events to wire bytes and back: orjson, personal fields sealed with the subject's key, older versions upcast."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import ValidationError

from events.envelope import EVENT_TYPES, Event, Recorded, stem_and_version, version_of
from events.personal import UNOPENED, seal, unsealed
from events.upcasters import Data, Upcaster, path_from
from schemas.errors import Unavailable

Keys = Mapping[str, bytes | None]
"""Each subject's key; None where it is destroyed."""

ENVELOPE = {"id", "stream", "version", "at", "actor", "causation", "correlation", "subject", "data"}
"""What every event has on the wire besides its type."""
NAME = re.compile(r"[a-z_]+\.[a-z_]+\.v[1-9][0-9]*")


class Undecodable(Exception):
    """Bytes that are no event of ours, with a code and the field at fault, never a value."""

    def __init__(self, code: str, field: str = "") -> None:
        super().__init__(f"{code} at {field}" if field else code)
        self.code = code
        self.field = field


class NewerVersion(Unavailable):
    """An event that a newer release wrote. It is not at fault: whoever reads it waits until it is upgraded itself."""

    code, title = "newer_version", "This server is older than what it reads"

    def __init__(self, met: str, known: str | None) -> None:
        super().__init__()
        self.met = met
        self.known = known

    def __str__(self) -> str:
        known = f"only {self.known} is known" if self.known else "no version of it is known"
        return f"{self.code}: {self.met} was met, {known}; upgrade this worker"


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
    """The event, as today's type whatever version was stored. Fields whose key is None are REDACTED.

    Raises NewerVersion, Undecodable, or KeyError for a subject not in `keys`.
    """
    return decode_loaded(load(wire), keys)


def decode_loaded(raw: Mapping[str, Any], keys: Keys, opens: bool = True) -> Recorded[Event]:
    """The same of what was loaded already. `opens`: whether anybody looks at personal fields; else they stay sealed,
    are UNOPENED, and need no key."""
    name = str(raw.get("type"))
    steps = path_from(name)
    event_type = EVENT_TYPES.get(steps[-1].target if steps else name)
    if event_type is None:
        raise _unknown(name)
    if not raw.keys() >= ENVELOPE:
        raise Undecodable("missing_field", min(ENVELOPE - raw.keys()))
    personal = steps[0].personal if steps else event_type.personal
    try:
        data = dict(raw["data"])
        if personal and not data.keys() >= set(personal):
            raise Undecodable("invalid_field", min(set(personal) - data.keys()))
        if personal and opens:
            data |= unsealed(data, personal, keys[raw["subject"]], raw["id"])
        elif personal:
            data |= dict.fromkeys(personal, UNOPENED)
        for step in steps:
            data = _upcast(step, data)
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
    return str(load(wire).get("subject", ""))


def load(wire: bytes) -> dict[str, Any]:
    """What the wire form says, whatever it is. Raises Undecodable for what is no JSON object."""
    try:
        raw = orjson.loads(wire)
    except orjson.JSONDecodeError:
        raise Undecodable("not_json") from None
    if not isinstance(raw, dict):
        raise Undecodable("not_an_object")
    return raw


def _unknown(name: str) -> Exception:
    if not NAME.fullmatch(name):
        return Undecodable("unknown_type", name)
    stem, version = stem_and_version(name)
    known = version_of(stem)
    if known and version < stem_and_version(known)[1]:
        return Undecodable("unknown_type", name)
    return NewerVersion(name, known)


def _upcast(upcaster: Upcaster, data: Data) -> Data:
    try:
        return upcaster.step(data)
    except LookupError as error:
        raise Undecodable("invalid_field", str(error).strip("'")) from None


def _jsonable(event: Event, field: str) -> object:
    return event.model_dump(mode="json", include={field})[field]
