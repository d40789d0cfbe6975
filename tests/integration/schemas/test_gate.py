"""The compatibility gate on scratch copies, as CI runs it: breaking changes fail, however thorough; others pass."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.integration.schemas.scratch_repository import Scratch, scratch_repository

LIKED = '@recorded("post.unliked.v1", subject="account_id")\nclass PostUnliked(Event):'
DOC = '    """An account no longer likes a post."""\n\n    post_id: PostId\n'
TEXT = "text: Personal[str]\n    written_at: Millis\n    post_author_id"
"""Of a comment that was written."""
NEXT_LIKE = (
    (LIKED, LIKED.replace(".v1", ".v2")),
    (DOC, DOC + "    reaction: str\n"),
)
HEART = """

@upcasts("post.unliked.v1", to="post.unliked.v2")
def every_like_was_a_heart(data: Data) -> Data:
    return {**data, "reaction": "heart"}
"""


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    """The repository as it is."""
    return scratch_repository(tmp_path_factory.mktemp("released") / "scratch")


@pytest.fixture
def scratch(released: Scratch, tmp_path: Path) -> Scratch:
    """A copy of it, in a branch that may do anything."""
    copied = released.copied(tmp_path / "scratch")
    copied.git("switch", "--quiet", "--create", "a-change")
    return copied


def like_something_else(scratch: Scratch) -> None:
    """A breaking change: the field `post_id` of stored likes is called `photo_id` from now on."""
    scratch.edit("events/likes.py", (DOC, DOC.replace("    post_id", "    photo_id")))


def like_something_else_everywhere(scratch: Scratch) -> None:
    """The same, with every file that knew better made anew and committed."""
    like_something_else(scratch)
    for path in ("events/post.unliked.v1.json", "golden/post.unliked.v1.json", "events.lock"):
        (scratch.folder / "schemas" / path).unlink()
    assert scratch.schemas("write").status == 0
    scratch.commit("Nobody will notice")


def add_a_reaction(scratch: Scratch) -> None:
    """An additive change, with everything that belongs to it but what is written by command."""
    scratch.edit("events/likes.py", *NEXT_LIKE)
    upcasters = scratch.folder / "events" / "upcasters.py"
    upcasters.write_text(upcasters.read_text() + HEART)


def test_what_is_released_passes(scratch: Scratch) -> None:
    told = scratch.photolog("schemas", "check")
    assert told.status == 0, told.text
    assert "every stored event can be read; nothing released has changed" in told.text
    assert "compared with 1 earlier locks" in told.text


def test_a_breaking_change_fails_with_what_differs_and_what_to_do_instead(scratch: Scratch) -> None:
    like_something_else(scratch)
    told = scratch.photolog("schemas", "check")
    assert told.status == 1
    for said in (
        "post.unliked.v1: the type no longer has the schema on file",
        "+ photo_id: string  (added)",
        "- post_id: string  (removed)",
        "its golden sample does not read: invalid_field at photo_id",
        "A stored event never changes: put post.unliked.v1 back as it was, and give the new shape the next version.",
        '@upcasts("post.unliked.v1", to="post.unliked.v2")',
        "Run `photolog schemas write`",
    ):
        assert said in told.text


def test_a_breaking_change_that_edits_the_schema_and_the_sample_too_fails(scratch: Scratch) -> None:
    like_something_else(scratch)
    for folder in ("events", "golden"):
        (scratch.folder / "schemas" / folder / "post.unliked.v1.json").unlink()
    written, checked = scratch.schemas_in_turn(["write"], ["check", "--json"])
    assert written.status == 0
    (finding,) = json.loads(checked.text)["findings"]
    assert finding["problem"] == "its schema is not what was released"
    assert finding["diff"] == ["+ photo_id: string  (added)", "- post_id: string  (removed)"]


def test_a_breaking_change_that_edits_the_lock_too_fails_by_what_git_remembers_and_does_on_the_main_line(
    scratch: Scratch,
) -> None:
    like_something_else_everywhere(scratch)
    found = {finding["name"]: finding for finding in scratch.found()}
    liked = found["post.unliked.v1"]
    assert re.fullmatch(r"schemas/events.lock no longer says what it said in [0-9a-f]+", liked["problem"])
    assert liked["diff"] == ["+ photo_id: string  (added)", "- post_id: string  (removed)"]
    assert list(found) == ["post.unliked.v1"], "and only what changed is told"

    scratch.git("switch", "--quiet", "main")
    scratch.git("merge", "--quiet", "--no-ff", "a-change")
    assert [finding["name"] for finding in scratch.found()] == ["post.unliked.v1"]


def test_an_additive_change_passes(scratch: Scratch) -> None:
    add_a_reaction(scratch)
    written, told, told_of_all = scratch.schemas_in_turn(["write"], ["check"], ["list", "--json"])
    assert (written.status, told.status) == (0, 0), told.text
    listed = {version["name"]: version for version in json.loads(told_of_all.text)}
    assert listed["post.unliked.v2"]["changes"] == ['+ reaction: string  (added; stored events get "heart")']
    assert listed["post.unliked.v1"]["reads_as"] == "post.unliked.v2"
    scratch.commit("Reactions")
    assert scratch.schemas("check").status == 0


def test_a_new_version_may_be_reshaped_until_it_is_merged_and_not_after(scratch: Scratch) -> None:
    add_a_reaction(scratch)
    assert scratch.schemas("write").status == 0
    scratch.commit("Reactions")
    scratch.edit("events/likes.py", ("    reaction: str\n", "    reaction: str\n    since: int\n"))
    scratch.edit("events/upcasters.py", ('"reaction": "heart"}', '"reaction": "heart", "since": 0}'))
    assert scratch.schemas("check").status == 1
    scratch.git("checkout", "--quiet", "main", "--", "schemas/events.lock")
    for folder in ("events", "golden"):
        (scratch.folder / "schemas" / folder / "post.unliked.v2.json").unlink()
    assert scratch.schemas("write").status == 0
    scratch.commit("Reactions since when")
    assert scratch.schemas("check").status == 0
    scratch.git("switch", "--quiet", "main")
    scratch.git("merge", "--quiet", "--no-ff", "a-change")
    assert scratch.schemas("check").status == 0, "the main line never had the first shape"


def test_a_new_version_without_an_upcaster_fails(scratch: Scratch) -> None:
    scratch.edit("events/likes.py", *NEXT_LIKE)
    written, told = scratch.schemas_in_turn(["write"], ["check"])
    assert (written.status, told.status) == (0, 1)
    assert "post.unliked.v1: on file, but neither an event type nor upcast" in told.text
    assert "post.unliked.v1: its golden sample does not read" in told.text


def test_what_a_sealed_field_holds_may_not_change_either(scratch: Scratch) -> None:
    scratch.edit("events/comments.py", (TEXT, TEXT.replace("[str]", "[int]")))
    problem = "its golden sample does not read: invalid_field at text.int"
    found = [(finding["name"], finding["problem"]) for finding in scratch.found()]
    assert found == [("comment.written.v1", problem), ("comment.written.v2", problem)]


def test_words_may_be_improved(scratch: Scratch) -> None:
    scratch.edit("events/likes.py", ("An account no longer likes a post.", "Somebody likes it."))
    checked, written, again = scratch.schemas_in_turn(["check"], ["write"], ["check"])
    assert checked.status == 1, "the documents have to say it too"
    assert (written.status, again.status) == (0, 0)


def test_a_telling_sample_is_written_once_and_only_of_a_valid_event(scratch: Scratch) -> None:
    scratch.edit("events/likes.py", *NEXT_LIKE)
    data = scratch.folder / "like.json"
    data.write_text('{"post_id": "po_1", "account_id": "ac_1", "reaction": 7}')
    named = ["golden", "post.unliked.v2", str(data)]
    refused, unknown = scratch.schemas_in_turn(named, ["golden", "post.unliked.v7", str(data)])
    assert (refused.status, "reaction" in refused.text) == (1, True), refused.text
    assert (unknown.status, "is no event type; there are account." in unknown.text) == (1, True), unknown.text
    data.write_text('{"post_id": "po_1", "account_id": "ac_1", "reaction": "applause"}')
    written, again = scratch.schemas_in_turn(named, named)
    assert (written.status, again.status) == (0, 1)
    assert "applause" in (scratch.folder / "schemas" / "golden" / "post.unliked.v2.json").read_text()


def test_ci_may_have_a_clean_clone_a_shallow_one_or_no_git_at_all(scratch: Scratch, tmp_path: Path) -> None:
    scratch.git("switch", "--quiet", "main")
    scratch.edit("events/likes.py", ("An account no longer likes a post.", "Somebody likes it."))
    assert scratch.schemas("write").status == 0
    scratch.commit("Better words")
    clean, shallow = scratch.clone(tmp_path / "clean"), scratch.clone(tmp_path / "shallow", "--depth=1")
    shallow.git("remote", "remove", "origin")
    bare = Scratch(tmp_path / "bare")
    shutil.copytree(shallow.folder, bare.folder)
    shutil.rmtree(bare.folder / ".git")
    told = [copy.schemas("check") for copy in (clean, shallow, bare)]
    assert [one.status for one in told] == [0, 0, 0], told
    assert "cut short: a shallow clone" in told[1].text
    assert "compared with nothing: no git history here" in told[2].text
    bare.edit("events/likes.py", ("class PostUnliked(Event):", "class PostLiked(Event):\n    stars: int"))
    assert bare.schemas("check").status == 1
