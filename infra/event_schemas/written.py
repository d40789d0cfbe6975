"""`photolog schemas write`: adds to schemas/ what event types have and the files lack; overwrites nothing released."""

from events.envelope import EVENT_TYPES
from infra.event_schemas import asyncapi, derived, golden, lock
from infra.event_schemas.files import Files, Json, text
from infra.event_schemas.shape import shape_of


def write_all(files: Files) -> list[str]:
    """Schemas, golden samples, lock, AsyncAPI document. Names what was written."""
    on_file = files.schemas()
    written = []
    for name, schema in derived.schemas().items():
        if _is_news(on_file.get(name), schema):
            files.schema(name).parent.mkdir(parents=True, exist_ok=True)
            files.schema(name).write_text(text(schema))
            written.append(f"events/{name}.json")
        if golden.write(golden.made_up(EVENT_TYPES[name]), files):
            written.append(f"golden/{name}.json")
    written += [f"events.lock: {name}" for name in lock.grow(files)]
    document = text(asyncapi.document(files))
    if not files.asyncapi.exists() or files.asyncapi.read_text() != document:
        files.asyncapi.write_text(document)
        written.append("asyncapi.json")
    return written


def _is_news(on_file: Json | None, schema: Json) -> bool:
    """Whether there is no such schema yet, or only its words are out of date."""
    return on_file is None or (shape_of(on_file) == shape_of(schema) and on_file != schema)
