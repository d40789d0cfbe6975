"""Older versions as they read today: what was added has its default, one field is two, and nothing else changes."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import upcasters
from events.codec import Undecodable, decode
from events.comments import CommentDeleted
from events.envelope import EVENT_TYPES, Event
from events.likes import PostUnliked
from events.personal import REDACTED, seal
from events.posts import Described, shown_tags
from events.upcasters import UPCASTERS, path_from, tags_apart, upcasts
from infra.event_schemas.files import FILES
from infra.event_schemas.golden import TEST_KEY
from infra.event_schemas.replay import replayed
from schemas.tags import each_once, hashtags

SPLIT = ["post.reserved.v1", "post.upload_completed.v1", "post.published.v1", "post.edited.v1"]
TAGS = st.lists(st.sampled_from("abcde"), max_size=6)


def stored(name: str) -> dict[str, Any]:
    """The wire form of this version's golden sample."""
    wire: dict[str, Any] = orjson.loads(FILES.goldens()[name])
    return wire


def v1_tags(own: list[str], caption: str) -> list[str]:
    """How v1 kept tags."""
    return list(each_once((*own, *hashtags(caption))))


def test_a_comment_that_was_deleted_before_roles_were_recorded_says_none() -> None:
    read = replayed(FILES.goldens()["comment.deleted.v1"])
    assert isinstance(read.event, CommentDeleted)
    assert read.event.deleted_as is None
    assert read.actor == stored("comment.deleted.v1")["actor"], "who it was is still known"


@pytest.mark.parametrize("name", SPLIT)
def test_the_authors_own_tags_and_those_of_the_caption_are_told_apart(name: str) -> None:
    event = replayed(FILES.goldens()[name]).event
    assert isinstance(event, Described)
    assert event.caption == "Föhn über dem See: #alps, #Lake and #alps again"
    assert (event.tags, event.caption_tags) == (("lake", "föhn"), ("alps", "lake"))


@pytest.mark.parametrize("name", SPLIT)
def test_tags_whose_key_is_destroyed_stay_redacted_apart(name: str) -> None:
    event = replayed(FILES.goldens()[name], None).event
    assert isinstance(event, Described)
    assert (event.tags, event.caption_tags, event.caption) == (REDACTED, REDACTED, REDACTED)


@given(TAGS, TAGS)
def test_readers_see_the_same_tags_in_the_same_order_as_before(own: list[str], in_caption: list[str]) -> None:
    caption = " ".join(f"#{tag}" for tag in in_caption)
    before = v1_tags(own, caption)
    now = tags_apart({"caption": caption, "tags": before, "alt_text": ""})
    assert shown_tags(tuple(now["tags"]), tuple(now["caption_tags"])) == before
    assert now["caption_tags"] == list(hashtags(caption))
    assert set(own) - set(in_caption) <= set(now["tags"]) <= set(own), "no tag of the caption becomes the author's own"


@given(TAGS, st.text("#abcde ", max_size=12))
def test_readers_see_the_same_tags_even_where_the_caption_does_not_explain_them(tags: list[str], caption: str) -> None:
    now = tags_apart({"caption": caption, "tags": tags})
    assert shown_tags(tuple(now["tags"]), tuple(now["caption_tags"])) == list(each_once(tags))


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"tags": 7}, "malformed"),
        ({"caption": ["a"]}, "malformed"),
        ({"tags": [["a"]]}, "malformed"),
        ({"tags": None}, "malformed"),
    ],
)
def test_what_no_writer_of_the_older_version_wrote_is_refused_without_its_value(
    changed: dict[str, Any], code: str
) -> None:
    wire = stored("post.edited.v1")
    for field, value in changed.items():
        wire["data"][field] = seal(value, TEST_KEY, wire["id"], field)
    with pytest.raises(Undecodable) as fault:
        replayed(orjson.dumps(wire))
    assert fault.value.code == code


def test_a_field_that_the_older_version_kept_sealed_must_be_there() -> None:
    wire = stored("post.edited.v1")
    del wire["data"]["tags"]
    with pytest.raises(Undecodable, match="invalid_field at tags"):
        replayed(orjson.dumps(wire))


@pytest.fixture
def a_third_version(monkeypatch: pytest.MonkeyPatch) -> type[Event]:
    """Likes as they might be two versions from now."""

    class LikedLater(PostUnliked):
        reaction: str
        since: int

    LikedLater.type_name, LikedLater.subject_field = "post.unliked.v3", "account_id"
    monkeypatch.delitem(EVENT_TYPES, "post.unliked.v1")
    monkeypatch.setitem(EVENT_TYPES, "post.unliked.v3", LikedLater)
    monkeypatch.setattr(upcasters, "UPCASTERS", {})
    upcasts("post.unliked.v1", to="post.unliked.v2")(lambda data: {**data, "reaction": "heart"})
    upcasts("post.unliked.v2", to="post.unliked.v3")(lambda data: {**data, "since": len(data["reaction"])})
    return LikedLater


def test_several_versions_are_gone_through_one_by_one(a_third_version: type[Event]) -> None:
    assert [step.target for step in path_from("post.unliked.v1")] == ["post.unliked.v2", "post.unliked.v3"]
    wire = stored("post.unliked.v1")
    read = decode(orjson.dumps(wire), {})
    assert type(read.event) is a_third_version
    assert read.event.model_dump() == {**wire["data"], "reaction": "heart", "since": 5}


def test_an_older_event_reads_as_todays_type_and_is_otherwise_what_it_was() -> None:
    wire = stored("post.published.v1")
    read = replayed(orjson.dumps(wire))
    assert (read.type, read.envelope()["schema_version"]) == ("post.published.v3", 3)
    kept = {"id", "stream", "version", "at", "actor", "causation", "correlation", "subject"}
    assert {name: read.envelope()[name] for name in kept} == {name: wire[name] for name in kept}


def test_a_step_leads_to_the_very_next_version_and_is_declared_once() -> None:
    with pytest.raises(TypeError, match=r"post.unliked.v1 is upcast to post.unliked.v2, not to post.unliked.v3"):
        upcasts("post.unliked.v1", to="post.unliked.v3")(dict)
    with pytest.raises(TypeError, match=r"comment.deleted.v1 is upcast already"):
        upcasts("comment.deleted.v1", to="comment.deleted.v2")(dict)
    assert UPCASTERS["comment.deleted.v1"].target == "comment.deleted.v2"
