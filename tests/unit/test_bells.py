"""Bells: whose new posts somebody is told of, and what is told."""

import pytest

from commands.ids import issued_at
from events.delivery import Delivery
from events.envelope import Event
from events.follows import BellAdded, BellRemoved
from events.posts import PostPublished
from processors.pushes import PushSubscriber, Ring
from projections.bells import BELLS, BELLS_BY_FOLLOWEE, PROJECTION, told
from projections.buckets import bucket
from projections.effects import Delete, Put
from schemas.ids import PostId
from schemas.positions import POSTS, Position
from tests.unit.samples import ANN, BEN, NOON, POST, PUBLISHED, REMADE, RESERVED, recorded

EDGE = {"follower_id": BEN, "followee_id": ANN}


def test_a_bell_is_a_row_of_whoever_put_it_and_one_of_whom_it_is_on() -> None:
    of = recorded(BellAdded(follower_id=BEN, followee_id=ANN))
    assert PROJECTION.effects(of) == [
        Put(BELLS, **EDGE, bell_since=of.at),
        Put(BELLS_BY_FOLLOWEE, **EDGE, bucket=bucket(BEN), bell_since=of.at),
    ]
    assert PROJECTION.effects(recorded(BellRemoved(follower_id=BEN, followee_id=ANN))) == [
        Delete(BELLS, **EDGE),
        Delete(BELLS_BY_FOLLOWEE, **EDGE, bucket=bucket(BEN)),
    ]


def test_what_is_told_of_a_post_stands_among_ids_of_its_moment() -> None:
    posts = ((POST, NOON), (PostId("po_x"), NOON), (POST, NOON + 1))
    one, other, later = (told(BEN, ANN, *post) for post in posts)
    ids = [row["notification_id"] for row in (one, other, later)]
    assert [issued_at(name[3:]) for name in ids] == [NOON, NOON, NOON + 1]
    assert len(set(ids)) == 3
    assert max(ids) == ids[2]
    assert (one["kind"], one["actor_id"], one["post_id"], one["recipient_id"]) == ("post", ANN, POST, BEN)


def delivered(event: Event) -> Delivery:
    return Delivery(recorded(event), Position(POSTS, 0, 0))


def test_a_new_post_rings_and_nothing_else_that_happens_to_it_does() -> None:
    pushes = PushSubscriber()
    assert list(pushes.plan(delivered(PUBLISHED))) == [Ring(ANN, POST, NOON)]
    assert pushes.reads(PostPublished.type_name)
    assert pushes.reads("post.published.v1"), "as it was stored before"


@pytest.mark.parametrize("event", [RESERVED, REMADE], ids=lambda event: event.type_name)
def test_what_is_no_publication_rings_nobody(event: Event) -> None:
    assert list(PushSubscriber().plan(delivered(event))) == []
    assert not PushSubscriber().reads(event.type_name)
