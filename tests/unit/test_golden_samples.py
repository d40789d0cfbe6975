"""One sample of every version ever stored, as it was stored: all of them read today, with their key and without it."""

from pathlib import Path

import orjson
import pytest
from jsonschema import Draft202012Validator

from commands.all import AGGREGATES
from events.envelope import EVENT_TYPES, Event, stem_and_version, version_of
from events.personal import REDACTED
from events.topics import ROUTES, stream_kind
from infra.event_schemas import golden
from infra.event_schemas.files import FILES, Files
from infra.event_schemas.replay import replayed, unreadable
from projections.all import PROJECTIONS

GOLDENS = FILES.goldens()
FIRST_RELEASE = 16
"""Event types that there were before any evolved."""


def test_there_is_a_sample_of_every_schema_and_a_schema_of_every_sample() -> None:
    assert sorted(GOLDENS) == sorted(FILES.schemas())
    assert len([name for name in GOLDENS if name.endswith(".v1")]) >= FIRST_RELEASE


@pytest.mark.parametrize("name", GOLDENS)
def test_every_version_ever_stored_reads_as_todays_type(name: str) -> None:
    read = replayed(GOLDENS[name])
    assert read.type == version_of(stem_and_version(name)[0])
    assert type(read.event) is EVENT_TYPES[read.type]
    assert REDACTED not in read.event.model_dump().values()


@pytest.mark.parametrize("name", GOLDENS)
def test_every_version_ever_stored_reads_redacted_once_its_key_is_destroyed(name: str) -> None:
    read, redacted = replayed(GOLDENS[name]).event, replayed(GOLDENS[name], None).event
    assert type(redacted) is type(read)
    for field in type(read).model_fields:
        assert getattr(redacted, field) == (REDACTED if field in read.personal else getattr(read, field))


@pytest.mark.parametrize("name", GOLDENS)
def test_every_sample_is_what_its_schema_says(name: str) -> None:
    wire = orjson.loads(GOLDENS[name])
    assert (wire["type"], wire["schema_version"]) == (name, stem_and_version(name)[1])
    Draft202012Validator(FILES.schemas()[name]).validate(wire["data"])


@pytest.mark.parametrize("name", GOLDENS)
@pytest.mark.parametrize("key", [golden.TEST_KEY, None], ids=["readable", "redacted"])
def test_projections_take_every_version_ever_stored(name: str, key: bytes | None) -> None:
    read = replayed(GOLDENS[name], key)
    for projection in PROJECTIONS:
        projection.effects(read)
    assert stream_kind(name) in ROUTES
    assert stream_kind(name) in AGGREGATES


@pytest.mark.parametrize("event_type", EVENT_TYPES.values(), ids=EVENT_TYPES)
def test_a_sample_can_be_made_up_for_any_type(event_type: type[Event], tmp_path: Path) -> None:
    files = Files(tmp_path)
    assert golden.write(golden.made_up(event_type), files)
    assert unreadable(event_type.type_name, files.goldens()[event_type.type_name]) is None


def test_a_sample_is_never_overwritten(tmp_path: Path) -> None:
    files, event = Files(tmp_path), golden.made_up(EVENT_TYPES["post.unliked.v1"])
    assert golden.write(event, files)
    before = files.goldens()
    assert not golden.write(event, files)
    assert files.goldens() == before
