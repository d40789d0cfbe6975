"""What Arrow reads of many entries at once is what each says by itself, to the value; what is odd it leaves alone."""

import random
from collections.abc import Callable, Mapping
from typing import Any

import orjson
import pytest

from events.envelope import EVENT_TYPES
from infra.event_schemas.files import FILES
from infra.history.at_once import made_at_once
from infra.history.one_by_one import made_one_by_one
from infra.history.shapes import shape_of
from tests.integration.history.test_as_stored import LIKED, entry

OF_TODAY = {name: orjson.dumps(orjson.loads(wire)) for name, wire in FILES.goldens().items() if name in EVENT_TYPES}
"""As the log has them: the files are for people to read."""
SHAPELESS = {
    "account.avatar_changed.v1",
    "account.email_confirmed.v2",
    "account.profile_changed.v2",
    "account.reinstated.v1",
    "account.suspended.v1",
    "celebrity.cleared.v1",
    "celebrity.crossed.v1",
    "celebrity.settled.v1",
    "post.edited.v2",
    "post.reserved.v3",
}
"""Their fields need more than Arrow checks. None is among those that there are most of."""
PUBLISHED = "post.published.v3"
Said = dict[str, Any]
Change = Callable[[Said], bytes]


def of(change: Mapping[str, Any], **data: Any) -> Change:
    """The same, but for this."""
    return lambda said: orjson.dumps({**said, "data": {**said["data"], **data}, **change})


def without(field: str) -> Change:
    """The same without a field of its data."""
    return lambda said: orjson.dumps({**said, "data": {k: v for k, v in said["data"].items() if k != field}})


def with_rendition(**changed: Any) -> Change:
    """The same, whose renditions have something else in their first."""
    return lambda said: of({}, renditions=[{**said["data"]["renditions"][0], **changed}])(said)


def data_first(said: Said) -> bytes:
    return orjson.dumps({"data": said["data"], **said})


@pytest.mark.parametrize("name", OF_TODAY.keys())
def test_every_type_of_today_reads_at_once_as_it_does_one_by_one(name: str) -> None:
    said = orjson.loads(OF_TODAY[name])
    entries = [entry(orjson.dumps({**said, "at": said["at"] + n, "version": n + 1}), n) for n in range(5)]
    found = made_at_once(name, entries)
    assert (found is None) == (name in SHAPELESS)
    if found is not None:
        assert dict(found) == dict(made_one_by_one(entries))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (LIKED, of({"actor": 'ac_\u00e9\U0001f600\u0000\n"data":{'})),
        (LIKED, of({}, author_id=None)),
        (LIKED, of({}, author_id='"author_id":null}}')),
        (LIKED, of({"at": -1})),
        (LIKED, of({"schema_version": 7})),
        (PUBLISHED, of({}, renditions=[], caption=None)),
    ],
)
def test_what_is_seldom_but_in_order_is_read_at_once(name: str, change: Change) -> None:
    good = OF_TODAY[name]
    entries = [entry(good, 0), entry(change(orjson.loads(good)), 1), entry(good, 2)]
    assert dict(made_at_once(name, entries) or {}) == dict(made_one_by_one(entries))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (LIKED, without("post_id")),
        (LIKED, without("author_id")),
        (PUBLISHED, without("caption")),
        (LIKED, of({}, post_id=7)),
        (LIKED, of({}, unheard_of="x")),
        (LIKED, of({"unheard_of": "x"})),
        (LIKED, of({"version": True})),
        (LIKED, of({"version": 1.0})),
        (LIKED, of({"version": 1 << 63})),
        (LIKED, of({"actor": None})),
        (LIKED, of({"data": None})),
        (LIKED, of({"type": "post.unliked.v1"})),
        (PUBLISHED, of({}, width="640")),
        (PUBLISHED, of({}, caption=["in clear"])),
        (PUBLISHED, with_rendition(name="poster")),
        (PUBLISHED, with_rendition(width=None)),
        (PUBLISHED, with_rendition(unheard_of=1)),
        (LIKED, data_first),
        (LIKED, lambda said: b""),
        (LIKED, lambda said: orjson.dumps(said)[:-1]),
        (LIKED, lambda said: orjson.dumps(said) * 2),
        (LIKED, lambda said: b"\xef\xbb\xbf" + orjson.dumps(said)),
        (LIKED, lambda said: orjson.dumps(said).replace(said["actor"].encode(), b"\xff")),
        (LIKED, lambda said: orjson.dumps(said).replace(said["actor"].encode(), b"\\udc00")),
        (LIKED, lambda said: orjson.dumps(said).replace(b'"data":', b'"actor":"ac_2","data":')),
    ],
)
def test_what_is_odd_is_left_to_be_read_one_by_one(name: str, change: Change) -> None:
    good = OF_TODAY[name]
    odd = entry(good, 1)._replace(wire=change(orjson.loads(good)))
    assert made_at_once(name, [entry(good, 0), odd, entry(good, 2)]) is None


@pytest.mark.parametrize("seed", range(3))
def test_two_halves_make_no_whole_wherever_an_entry_is_cut(seed: int) -> None:
    good = OF_TODAY[LIKED]
    draw = random.Random(seed)
    for _ in range(100):
        cut = draw.randrange(1, len(good))
        halves = [entry(good)._replace(wire=half) for half in (good[:cut], good[cut:], good)]
        assert made_at_once(LIKED, halves) is None


def test_older_versions_and_what_was_never_heard_of_have_no_shape() -> None:
    assert made_at_once("post.liked.v1", [entry(FILES.goldens()["post.liked.v1"])]) is None
    shape = shape_of(LIKED)
    assert shape is not None
    assert shape.optional == ("author_id",)
