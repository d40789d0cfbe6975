"""The AsyncAPI 3.0 document: every topic, what travels on it in which versions, and how each event reads on the wire.

Derived from events/topics.py, the envelope and the schemas on file; kept as schemas/asyncapi.json by written.py.
"""

from typing import Any

from events.codec import ENVELOPE
from events.envelope import EVENT_TYPES, stem_and_version
from events.topics import ROUTES, stream_kind
from infra.event_schemas.files import Files, Json
from schemas.positions import TOPICS

KAFKA = "0.5.0"
"""Version of the Kafka bindings."""
ABOUT = """Everything that ever happened on a Photolog site, in order: the log, which analysts and processors read.

A message is one event. Its key decides the partition: what shares a key keeps its order. An event may be there twice,
with the same `id`. Fields marked `x-personal` are encrypted with the key of the event's `subject` (AES-256-GCM, bound
to event id and field name) and unreadable for ever once that key is destroyed. Older versions of a type stay in the log
as they were written; Photolog's own readers see them as the newest.
"""
TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
SAID: dict[str, Json] = {
    "id": {**TEXT, "description": "The same wherever this event is met again."},
    "stream": {**TEXT, "description": "What the event is about: `<kind>/<id>[/<id>]`."},
    "version": {**NUMBER, "description": "Its place in its stream, from 1. A like's numbers may have holes."},
    "at": {**NUMBER, "description": "When it was decided, in ms since 1970 (UTC). Nothing is ordered by it."},
    "actor": {**TEXT, "description": "The account that acted, or `system:<what>`."},
    "causation": {**TEXT, "description": "The command that decided it."},
    "correlation": {**TEXT, "description": "The request, or the event, that the whole chain goes back to."},
    "subject": {**TEXT, "description": "The account whose key seals the personal fields."},
}
HEADERS: Json = {
    "type": "object",
    "required": ["stream", "version", "event_id", "type"],
    "properties": {
        "stream": TEXT,
        "version": {**TEXT, "pattern": "^[0-9]+$"},
        "event_id": TEXT,
        "type": {**TEXT, "description": "The version that was written, as in the message."},
    },
}


def document(files: Files) -> Json:
    """The whole document."""
    on_file = files.schemas()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "The log of Photolog",
            "version": "1",
            "description": ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {_short(topic): _channel(topic, list(on_file)) for topic in TOPICS},
        "operations": {
            f"append_to_{_short(topic)}": {
                "action": "send",
                "channel": {"$ref": f"#/channels/{_short(topic)}"},
                "summary": "The command side appends what it has decided.",
            }
            for topic in TOPICS
        },
        "components": {
            "messages": {name: _message(name, schema) for name, schema in on_file.items()},
            "schemas": {
                part: inner for name, schema in on_file.items() for part, inner in _parts(name, schema).items()
            },
        },
    }


def _short(topic: str) -> str:
    return topic.rpartition(".")[2]


def _channel(topic: str, names: list[str]) -> Json:
    kinds = [kind for kind, route in ROUTES.items() if route.topic == topic]
    here = [name for name in names if stream_kind(name) in kinds]
    return {
        "address": topic,
        "description": f"Streams of the kinds {', '.join(kinds)}. Each site has chosen how many partitions there are.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in here},
        "bindings": {"kafka": {"topic": topic, "bindingVersion": KAFKA}},
    }


def _message(name: str, schema: Json) -> Json:
    part = ROUTES[stream_kind(name)].key_part
    key = {**TEXT, "description": f"Part {part} of the stream's name, parts being separated by `/` and counted from 0."}
    _, version = stem_and_version(name)
    properties: Json = {**SAID, "type": {"const": name}, "schema_version": {"const": version}}
    return {
        "name": name,
        "title": name,
        "summary": schema.get("description", name),
        **({} if name in EVENT_TYPES else {"x-superseded": True}),
        "headers": HEADERS,
        "payload": {
            "type": "object",
            "required": sorted({*ENVELOPE, "type", "schema_version"}),
            "properties": {**properties, "data": {"$ref": f"#/components/schemas/{name}"}},
        },
        "bindings": {"kafka": {"key": key, "bindingVersion": KAFKA}},
    }


def _parts(name: str, schema: Json) -> Json:
    """The schema and those nested in it, each under a name of its own in the document."""
    bare = {keyword: value for keyword, value in schema.items() if keyword not in {"$schema", "$id", "$defs"}}
    nested = {f"{name}.{part}": inner for part, inner in schema.get("$defs", {}).items()}
    return {part: _pointed(inner, name) for part, inner in {name: bare, **nested}.items()}


def _pointed(node: Any, name: str) -> Any:
    """The node with references to nested schemas as they are called in the document."""
    if isinstance(node, list):
        return [_pointed(inner, name) for inner in node]
    if not isinstance(node, dict):
        return node
    return {
        key: value.replace("#/$defs/", f"#/components/schemas/{name}.") if key == "$ref" else _pointed(value, name)
        for key, value in node.items()
    }
