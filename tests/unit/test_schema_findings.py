"""What the gate finds in files that were tampered with, and how it says so. What git remembers is made up here."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from events.upcasters import UPCASTERS
from infra.event_schemas import gate, lock
from infra.event_schemas.files import FILES, Files, text
from infra.event_schemas.findings import Finding
from infra.event_schemas.gate import findings
from infra.event_schemas.history import Past
from infra.event_schemas.lock import Locked
from infra.event_schemas.written import write_all

NOTHING = Past({}, "nothing")


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A copy of what is on file, which a test may change."""
    copied = Files(tmp_path)
    for path in [*FILES.root.glob("events/*.json"), *FILES.root.glob("golden/*.json"), FILES.lock, FILES.asyncapi]:
        target = tmp_path / path.relative_to(FILES.root)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    return copied


def told(found: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.name, finding.problem) for finding in found]


def test_what_is_on_file_is_as_it_should_be(files: Files) -> None:
    assert findings(files, NOTHING) == []
    assert write_all(files) == [], "and nothing is missing"


@pytest.mark.parametrize("name", ["comment.deleted.v1", "post.liked.v1"])
def test_a_schema_may_not_be_removed(files: Files, name: str) -> None:
    files.schema(name).unlink()
    assert (name, "its schema was removed") in told(findings(files, NOTHING))


@pytest.mark.parametrize("name", ["comment.deleted.v1", "post.liked.v1"])
def test_a_sample_may_not_be_removed(files: Files, name: str) -> None:
    files.golden(name).unlink()
    assert told(findings(files, NOTHING)) == [(name, "no golden sample")]


def test_a_sample_without_a_schema_is_told(files: Files) -> None:
    wire = files.golden("post.liked.v1").read_text()
    files.golden("post.eaten.v1").write_text(wire.replace("post.liked.v1", "post.eaten.v1"))
    found = dict(told(findings(files, NOTHING)))
    assert found["post.eaten.v1"].startswith("its golden sample does not read: newer_version")


def test_a_sample_may_not_be_replaced(files: Files) -> None:
    golden = files.golden("post.liked.v1")
    golden.write_text(golden.read_text().replace('"version": 1', '"version": 2'))
    assert told(findings(files, NOTHING)) == [("post.liked.v1", "its golden sample was changed")]


def test_the_schema_of_an_older_version_may_not_be_changed(files: Files) -> None:
    schema = json.loads(files.schema("comment.deleted.v1").read_text())
    schema["properties"]["written_at"] = {"type": "string"}
    files.schema("comment.deleted.v1").write_text(text(schema))
    (finding,) = [one for one in findings(files, NOTHING) if one.name != "asyncapi.json"]
    assert finding.problem == "its schema is not what was released"
    assert str(finding).splitlines()[1] == "    ~ written_at: integer -> string  (retyped)"


def test_an_older_version_needs_the_one_before_it_too(files: Files) -> None:
    files.schema("comment.deleted.v1").unlink()
    problem = ("comment.deleted.v2", "comment.deleted.v1 has no schema on file")
    assert problem in told(findings(files, NOTHING))


def test_the_lock_only_grows(files: Files) -> None:
    locked = lock.on_file(files)
    before = {**locked, "post.liked.v1": Locked({"post_id": "integer"}, "0"), "post.eaten.v1": Locked({}, "0")}
    past = Past({"c0ffee": before, "beef": before}, "two")
    found = findings(files, past)
    problem = "schemas/events.lock no longer says what it said in c0ffee"
    assert told(found) == [("post.liked.v1", problem), ("post.eaten.v1", problem)], "once, of the latest commit"
    assert "~ post_id: integer -> string  (retyped)" in found[0].diff


def test_what_is_not_locked_yet_is_locked_and_what_is_stays(files: Files) -> None:
    whole = files.lock.read_text()
    entries = json.loads(whole)
    del entries["post.liked.v1"]
    entries["post.unliked.v1"]["golden"] = "tampered"
    files.lock.write_text(text(entries))
    assert ("post.liked.v1", "not in schemas/events.lock") in told(findings(files, NOTHING))
    assert lock.grow(files) == ["post.liked.v1"]
    assert json.loads(files.lock.read_text())["post.unliked.v1"]["golden"] == "tampered"


def test_a_new_types_files_are_all_written_at_once(files: Files) -> None:
    for path in (files.schema("post.unliked.v1"), files.golden("post.unliked.v1"), files.lock, files.asyncapi):
        path.unlink()
    written = write_all(files)
    assert written[:2] == ["events/post.unliked.v1.json", "golden/post.unliked.v1.json"]
    assert "events.lock: post.unliked.v1" in written
    assert written[-1] == "asyncapi.json"
    assert findings(files, NOTHING) == []


def test_an_upcaster_must_open_what_was_sealed(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    upcaster = UPCASTERS["post.edited.v1"]
    monkeypatch.setitem(UPCASTERS, "post.edited.v1", replace(upcaster, personal=("caption", "tags")))
    problem, *_ = [one for one in findings(files, NOTHING) if one.name == "post.edited.v1"]
    assert problem.problem.endswith("what is sealed is ['alt_text', 'caption', 'location', 'tags']")


def test_the_name_of_the_next_version_is_known() -> None:
    assert gate.following("post.liked.v9") == "post.liked.v10"
