"""The events' JSON Schemas on file: one a type, true of what is on the wire, and guarded against change."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator, ValidationError

from events.codec import Keys, encode
from events.envelope import EVENT_TYPES, Event
from infra import event_schemas
from tests.unit.samples import ANN, BEN, SAMPLES, recorded

KEYS: Keys = {ANN: bytes(32), BEN: bytes(32)}


def on_file(event_type: str) -> dict[str, Any]:
    """The schema of this type as it was released."""
    found: dict[str, Any] = json.loads((event_schemas.FOLDER / f"{event_type}.json").read_text())
    return found


def data_on_wire(event: Event) -> dict[str, Any]:
    """What the log holds of an event."""
    data: dict[str, Any] = orjson.loads(encode(recorded(event), KEYS))["data"]
    return data


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the schemas on file, which a test may change."""
    for path in event_schemas.FOLDER.glob("*.json"):
        (tmp_path / path.name).write_text(path.read_text())
    monkeypatch.setattr(event_schemas, "FOLDER", tmp_path)
    return tmp_path


def test_there_is_a_sample_of_every_event_type() -> None:
    assert sorted(event.type_name for event in SAMPLES) == sorted(EVENT_TYPES)


def test_every_event_type_has_exactly_the_schema_on_file() -> None:
    assert event_schemas.differences() == []


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.type_name)
def test_what_is_on_the_wire_is_valid_under_the_schema_on_file(event: Event) -> None:
    schema = on_file(event.type_name)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(data_on_wire(event))


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.type_name)
def test_a_schema_misses_no_field(event: Event) -> None:
    validator, data = Draft202012Validator(on_file(event.type_name)), data_on_wire(event)
    for field in data:
        with pytest.raises(ValidationError, match=f"'{field}' is a required property"):
            validator.validate({name: value for name, value in data.items() if name != field})
        with pytest.raises(ValidationError):
            validator.validate({**data, field: {"no": "field is an object"}})


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.type_name)
def test_a_schema_marks_what_is_personal_and_whose_it_is(event: Event) -> None:
    schema = on_file(event.type_name)
    marked = {name for name, field in schema["properties"].items() if field.get("x-personal")}
    assert marked == set(event.personal)
    assert schema["x-subject"] in schema["properties"]


def test_a_changed_type_is_reported(copied: Path) -> None:
    path = copied / "post.liked.v1.json"
    path.write_text(path.read_text().replace('"account_id"', '"who"'))
    assert event_schemas.differences() == ["post.liked.v1: the type no longer has the schema on file"]


def test_a_type_without_a_schema_is_reported_and_written(copied: Path) -> None:
    (copied / "post.liked.v1.json").unlink()
    assert event_schemas.differences() == ["post.liked.v1: no schema on file; run `photolog schemas write`"]
    assert event_schemas.write_all() == ["post.liked.v1"]
    assert event_schemas.differences() == []


def test_a_schema_whose_type_is_gone_is_reported(copied: Path) -> None:
    (copied / "post.eaten.v1.json").write_text("{}")
    assert event_schemas.differences() == ["post.eaten.v1: on file, but there is no such event type"]


def test_a_schema_on_file_is_never_overwritten(copied: Path) -> None:
    path = copied / "post.liked.v1.json"
    path.write_text("{}")
    assert event_schemas.write_all() == []
    assert path.read_text() == "{}"
