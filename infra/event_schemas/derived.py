"""The JSON Schema that an event type has today, derived from the type. On file it is kept by written.py."""

from events.envelope import EVENT_TYPES, Event
from infra.event_schemas.files import Json

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(event_type: type[Event]) -> Json:
    """The schema of an event's `data` as the log holds it: personal fields are sealed, base64 strings."""
    return {
        "$schema": DIALECT,
        "$id": f"urn:photolog:event:{event_type.type_name}",
        "x-subject": event_type.subject_field,
        **event_type.model_json_schema(mode="serialization"),
    }


def schemas() -> dict[str, Json]:
    """The schema of every event type, by name."""
    return {name: schema_of(event_type) for name, event_type in sorted(EVENT_TYPES.items())}
