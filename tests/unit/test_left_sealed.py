"""What a subscriber does not look at stays sealed: it asks for the same as ever, and needs no key for it."""

from collections.abc import Iterable

import orjson
import pytest

from events.codec import decode_loaded, encode
from events.delivery import Delivery
from events.personal import UNOPENED, readable
from infra.event_schemas import golden
from infra.event_schemas.files import FILES
from infra.wiring.subscribers import SUBSCRIBERS
from projections import comments, feed, notifications, posts
from projections.effects import Effect
from schemas.positions import POSTS, Position
from tests.unit.samples import PUBLISHED, SAMPLES, recorded
from tests.unit.test_projections_declared import stream_of

WIRES = [
    *FILES.goldens().values(),
    *(encode(recorded(one, stream_of(one)), {one.subject: golden.TEST_KEY}) for one in SAMPLES),
]
"""Every version ever stored, and more telling samples of today's."""


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: orjson.loads(wire)["type"])
def test_what_is_left_sealed_would_change_nothing(wire: bytes) -> None:
    raw = orjson.loads(wire)

    def asked_for(plan_of: object, *, opens: bool) -> list[Effect]:
        delivery = Delivery(decode_loaded(raw, golden.keys_of(wire) if opens else {}, opens), Position(POSTS, 0, 0))
        effects: Iterable[Effect] = plan_of.plan(delivery)  # type: ignore[attr-defined]
        return list(effects)

    for subscriber in SUBSCRIBERS:
        if subscriber.reads(raw["type"]) and not subscriber.opens(raw["type"]):
            assert asked_for(subscriber, opens=False) == asked_for(subscriber, opens=True), subscriber.id


def test_who_looks_all_the_same_is_told() -> None:
    with pytest.raises(LookupError, match="not opened"):
        readable(UNOPENED)
    sealed = decode_loaded(orjson.loads(encode(recorded(PUBLISHED), {PUBLISHED.subject: bytes(32)})), {}, opens=False)
    with pytest.raises(LookupError, match="not opened"):
        posts.PROJECTION.effects(sealed)


def test_a_version_of_before_is_left_sealed_as_todays() -> None:
    names = ["post.published.v1", "post.published.v3", "comment.written.v1", "comment.written.v2"]
    assert [feed.PROJECTION.opens(name) for name in names[:2]] == [False, False]
    assert [notifications.PROJECTION.opens(name) for name in names[2:]] == [False, False]
    assert [posts.PROJECTION.opens(name) for name in names[:2]] == [True, True]
    assert [comments.PROJECTION.opens(name) for name in names[2:]] == [True, True]
    assert posts.PROJECTION.opens("nobody.knows.v1")
