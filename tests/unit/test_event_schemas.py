"""The events' JSON Schemas on file: one a version, true of what is on the wire, told in words that can be compared."""

from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator, ValidationError

from events.codec import Keys, encode
from events.envelope import EVENT_TYPES, Event
from infra.event_schemas.files import FILES
from infra.event_schemas.shape import changes, personal_in, shape_of
from infra.event_schemas.versions import versions
from tests.unit.samples import ANN, BEN, SAMPLES, recorded

KEYS: Keys = {ANN: bytes(32), BEN: bytes(32)}
SCHEMAS = FILES.schemas()


def data_on_wire(event: Event) -> dict[str, Any]:
    """What the log holds of an event."""
    data: dict[str, Any] = orjson.loads(encode(recorded(event), KEYS))["data"]
    return data


def test_there_is_a_sample_of_every_event_type() -> None:
    assert sorted(event.type_name for event in SAMPLES) == sorted(EVENT_TYPES)


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.type_name)
def test_what_is_on_the_wire_is_valid_under_the_schema_on_file(event: Event) -> None:
    schema = SCHEMAS[event.type_name]
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(data_on_wire(event))


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.type_name)
def test_a_schema_misses_no_field(event: Event) -> None:
    validator, data = Draft202012Validator(SCHEMAS[event.type_name]), data_on_wire(event)
    for field in data:
        with pytest.raises(ValidationError, match=f"'{field}' is a required property"):
            validator.validate({name: value for name, value in data.items() if name != field})
        with pytest.raises(ValidationError):
            validator.validate({**data, field: {"no": "field is an object"}})


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.type_name)
def test_a_schema_marks_what_is_personal_and_whose_it_is(event: Event) -> None:
    schema = SCHEMAS[event.type_name]
    assert personal_in(shape_of(schema)) == sorted(event.personal)
    assert schema["x-subject"] in schema["properties"]


def test_a_shape_says_of_each_field_what_it_is() -> None:
    shape = shape_of(SCHEMAS["post.edited.v2"])
    assert shape["(subject)"] == "author_id"
    assert shape["author_id"] == "string"
    assert shape["caption"] == "personal, sealed"
    assert shape["picture"] == "object or null"
    assert shape["picture.renditions"] == "list of object"
    assert shape["picture.renditions[].name"] == 'one of "thumbnail", "feed", "full"'


def test_words_are_no_part_of_the_shape() -> None:
    schema = SCHEMAS["post.published.v2"]
    told = orjson.loads(orjson.dumps(schema).replace(b"Rendition", b"Size"))
    assert shape_of({**told, "title": "Other", "description": "Said better"}) == shape_of(schema)


@pytest.mark.parametrize(
    ("field", "schema", "line"),
    [
        ("at", {"type": "string"}, "~ at: integer -> string  (retyped)"),
        ("at", {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "~ at: integer -> integer or null  (retyped)"),
        ("at", {"type": "integer", "minimum": 1}, '~ at: integer -> integer {"minimum": 1}  (retyped)'),
        ("at", None, "- at: integer  (removed)"),
        ("by", {"type": "string"}, "+ by: string  (added)"),
        ("text", {"type": "string"}, "~ text: personal, sealed -> string  (no longer encrypted)"),
        ("at", {"type": "string", "x-personal": True}, "~ at: integer -> personal, sealed  (encrypted from now on)"),
        ("kind", {"enum": ["a"]}, '~ kind: one of "a", "b" -> one of "a"  (retyped)'),
        (
            "list",
            {"type": "array", "items": {"type": "string"}},
            "~ list: list of integer -> list of string  (retyped)",
        ),
    ],
)
def test_a_difference_is_told_in_words(field: str, schema: dict[str, Any] | None, line: str) -> None:
    fields: dict[str, Any] = {
        "at": {"type": "integer"},
        "text": {"type": "string", "x-personal": True},
        "kind": {"enum": ["a", "b"]},
        "list": {"type": "array", "items": {"type": "integer"}},
    }
    changed = {name: said for name, said in {**fields, field: schema}.items() if said is not None}
    before = shape_of({"x-subject": "who", "properties": fields, "required": [*fields, "by"]})
    after = shape_of({"x-subject": "who", "properties": changed, "required": [*fields, "by"]})
    assert changes(before, after)[0] == line
    assert changes(before, before) == []


def test_another_subject_and_a_field_that_may_be_absent_are_differences() -> None:
    fields = {"at": {"type": "integer"}}
    before = shape_of({"x-subject": "who", "properties": fields, "required": ["at"]})
    after = shape_of({"x-subject": "whom", "properties": fields})
    assert changes(before, after) == [
        "~ (subject): who -> whom  (another subject: another key)",
        "~ at: integer -> integer, may be absent  (retyped)",
    ]


def test_every_evolution_is_told_with_what_stored_events_get() -> None:
    told = {version.name: version for version in versions(FILES)}
    deleted, edited = told["comment.deleted.v2"], told["post.edited.v2"]
    assert [line.rpartition("; ")[2] for line in deleted.changes] == ["stored events get null)"]
    assert [line.partition(":")[0] for line in edited.changes] == ["+ caption_tags", "~ tags"]
    assert (told["comment.deleted.v1"].reads_as, told["comment.deleted.v1"].written) == ("comment.deleted.v2", False)
    assert all(version.reads_as in EVENT_TYPES for version in told.values())
