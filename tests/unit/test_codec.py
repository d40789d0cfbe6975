"""Events to wire bytes and back: nothing personal in clear, and every fault named without a value."""

from typing import Any

import orjson
import pytest

from events.codec import Keys, NewerVersion, Undecodable, decode, encode, subject_of
from events.envelope import EVENT_TYPES, Event, Recorded, recorded
from events.personal import REDACTED
from tests.unit.samples import ANN, BEN, OPENED, PUBLISHED, SAMPLES, STARTED
from tests.unit.samples import recorded as in_envelope

KEYS: Keys = {ANN: bytes(range(32)), BEN: bytes(range(32, 64))}
PERSONAL_TEXTS = [
    "Föhn",
    "foehn",
    "alps",
    "A lake",
    "lake.jpg",
    "Ann A.",
    "ann@example.org",
    '"Ann"',
    "Änne",
    "Wow",
    "1.0",
]


def on_wire(event: Event = OPENED, **changed: Any) -> bytes:
    """The event's wire form with some envelope fields replaced; None leaves one out."""
    wire: dict[str, Any] = {**orjson.loads(encode(in_envelope(event), KEYS)), **changed}
    return orjson.dumps({name: value for name, value in wire.items() if value is not None})


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.type_name)
def test_every_event_comes_back_as_it_was(event: Event) -> None:
    sent = in_envelope(event, stream="post/po_1", version=7)
    assert decode(encode(sent, KEYS), KEYS) == sent


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.type_name)
def test_nothing_personal_is_on_the_wire_in_clear(event: Event) -> None:
    wire = encode(in_envelope(event), KEYS).decode()
    data = orjson.loads(wire)["data"]
    for field in event.personal:
        assert isinstance(data[field], str)
    for text in PERSONAL_TEXTS:
        assert text not in wire


def test_the_wire_names_type_schema_version_and_subject() -> None:
    wire = orjson.loads(encode(in_envelope(PUBLISHED), KEYS))
    assert (wire["type"], wire["schema_version"], wire["subject"]) == ("post.published.v3", 3, ANN)
    assert subject_of(orjson.dumps(wire)) == ANN


def test_without_its_key_an_event_is_redacted_and_otherwise_whole() -> None:
    sent = in_envelope(PUBLISHED)
    read = decode(encode(sent, KEYS), {ANN: None}).event
    for field in PUBLISHED.personal:
        assert getattr(read, field) is REDACTED
    kept = set(type(PUBLISHED).model_fields) - set(PUBLISHED.personal)
    assert read.model_dump(include=kept) == PUBLISHED.model_dump(include=kept)


def test_personal_fields_are_not_written_without_a_key() -> None:
    with pytest.raises(LookupError, match=f"no key for {ANN}"):
        encode(in_envelope(OPENED), {ANN: None})
    with pytest.raises(LookupError, match=f"no key for {ANN}"):
        encode(in_envelope(OPENED), {})


def test_an_event_without_personal_fields_needs_no_key() -> None:
    sent = in_envelope(STARTED)
    assert decode(encode(sent, {}), {}) == sent


def test_a_subject_whose_key_was_not_looked_up_is_our_fault_not_the_events() -> None:
    with pytest.raises(KeyError, match=ANN):
        decode(on_wire(), {})


def test_another_subjects_key_opens_nothing() -> None:
    with pytest.raises(Undecodable, match="malformed"):
        decode(on_wire(), {ANN: KEYS[BEN]})


def test_a_sealed_field_moved_to_another_event_or_field_is_refused() -> None:
    raw = orjson.loads(on_wire())
    swapped = {**raw["data"], "email": raw["data"]["username"]}
    for wire in (on_wire(id="ev_2"), on_wire(data=swapped)):
        with pytest.raises(Undecodable, match="malformed"):
            decode(wire, KEYS)


def test_fields_of_a_later_writer_are_ignored() -> None:
    data = {**orjson.loads(on_wire(STARTED))["data"], "new": 1}
    assert decode(on_wire(STARTED, data=data, newer="x"), KEYS).event == STARTED


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        (b"", "not_json"),
        (b"\xff\x00", "not_json"),
        (b"[]", "not_an_object"),
        (b"{}", "unknown_type at None"),
        (on_wire(type="post.eaten"), "unknown_type at post.eaten"),
        (on_wire(type=["post"]), "unknown_type"),
        (on_wire(type="post.unliked.v0"), "unknown_type at post.unliked.v0"),
        (on_wire(data=None), "missing_field at data"),
        (on_wire(stream=None), "missing_field at stream"),
        (on_wire(data={"account_id": ANN}), "invalid_field at display_name"),
        (on_wire(data=[1]), "malformed"),
        (on_wire(data={**orjson.loads(on_wire())["data"], "email": 7}), "malformed"),
        (on_wire(data={**orjson.loads(on_wire())["data"], "email": "AA=="}), "malformed"),
        (on_wire(data={**orjson.loads(on_wire())["data"], "opened_at": "noon"}), "invalid_field at opened_at"),
        (on_wire(PUBLISHED, data={**orjson.loads(on_wire(PUBLISHED))["data"], "renditions": [{}]}), "renditions.0"),
    ],
)
def test_what_is_no_event_of_ours_is_refused_by_code_and_field(wire: bytes, code: str) -> None:
    with pytest.raises(Undecodable) as fault:
        decode(wire, KEYS)
    assert code in str(fault.value)
    assert "noon" not in str(fault.value), "never a value"


@pytest.mark.parametrize(
    ("met", "said"),
    [
        ("post.unliked.v9", "post.unliked.v9 was met, only post.unliked.v1 is known; upgrade this worker"),
        ("post.published.v4", "post.published.v4 was met, only post.published.v3 is known; upgrade this worker"),
        ("post.eaten.v1", "post.eaten.v1 was met, no version of it is known; upgrade this worker"),
    ],
)
def test_what_a_newer_release_wrote_is_not_at_fault_but_waits_for_an_upgrade(met: str, said: str) -> None:
    with pytest.raises(NewerVersion) as newer:
        decode(on_wire(type=met), KEYS)
    assert str(newer.value) == f"newer_version: {said}"
    assert (newer.value.status, newer.value.code, newer.value.final) == (503, "newer_version", False)
    assert met not in str(newer.value.problem()), "a client need not know"


def test_only_one_version_of_a_type_is_written() -> None:
    with pytest.raises(TypeError, match=r"post.unliked.v2: only one version is written, and that is post.unliked.v1"):
        recorded("post.unliked.v2", subject="account_id")(Event)


def test_a_type_name_is_given_once() -> None:
    with pytest.raises(TypeError, match=r"post.unliked.v1 is taken by PostUnliked"):
        recorded("post.unliked.v1", subject="account_id")(Event)
    assert EVENT_TYPES["post.unliked.v1"].__name__ == "PostUnliked"


def test_a_recorded_event_is_what_the_eventsourcing_library_expects() -> None:
    event: Recorded[Event] = in_envelope(STARTED, stream="post/po_1", version=3)
    assert (event.originator_id, event.originator_version) == ("post/po_1", 3)
