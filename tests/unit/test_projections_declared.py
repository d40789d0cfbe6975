"""What every projection must keep to: whole rows, one row an event, known events on topics that it reads."""

from typing import Any

import pytest

from events.envelope import Event
from events.follows import Followed
from events.likes import PostLiked
from projections import likes
from projections.all import PROJECTIONS
from projections.effects import Delete, Effects, Projection, Put
from schemas.positions import ENGAGEMENT
from schemas.tables import TEXT, Table
from tests.partitions import route
from tests.unit.samples import ANN, BEN, COMMENT, POST, SAMPLES, recorded

STREAMS = {
    "account": f"account/{ANN}",
    "username": "username/5f",
    "inquiry": "inquiry/0000000000Q",
    "post": f"post/{POST}",
    "follow": f"follow/{BEN}/{ANN}",
    "block": f"block/{ANN}/{BEN}",
    "celebrity": f"celebrity/{ANN}",
    "like": f"like/{POST}/{BEN}",
    "case": f"case/{POST}",
    "report": "report/re_00000000001",
    "notification": f"notification/{ANN}",
    "device": f"device/{64 * '0'}",
    "comment": f"comment/{POST}/{COMMENT}",
    "dead_letter": "dead_letter/likes/ev_1",
    "canary": "canary/3",
}
"""A stream of each kind."""
NAMES = Table("names", partition="name_id", order="place", columns={"name": TEXT})


def stream_of(event: Event) -> str:
    """A stream that this event could be in."""
    return STREAMS[
        "like" if event.type_name.startswith(("post.liked", "post.unliked")) else event.type_name.split(".")[0]
    ]


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
def test_a_projection_reads_the_topics_of_the_events_it_knows(projection: Projection) -> None:
    known = {type(event): route(stream_of(event))[0] for event in SAMPLES if type(event) in projection.functions}
    assert known.keys() == projection.functions.keys(), "there is a sample of every event type"
    assert set(known.values()) == set(projection.topics)


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.type_name)
def test_what_a_projection_does_not_read_would_change_nothing(event: Event) -> None:
    for projection in PROJECTIONS:
        effects = projection.effects(recorded(event, stream_of(event)))
        assert projection.reads(event.type_name) or not effects


def test_a_projection_reads_what_becomes_an_event_that_it_knows_and_what_nobody_knows() -> None:
    stored = [
        "post.liked.v1",
        "post.liked.v2",
        "post.liked.v9",
        "comment.written.v1",
        "",
        "x.y.v1",
    ]
    assert [likes.PROJECTION.reads(name) for name in stored] == [True, True, True, False, True, True]


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.type_name)
def test_an_event_says_each_row_once_and_only_of_its_projections_tables(event: Event) -> None:
    for projection in PROJECTIONS:
        rows = [e for e in projection.effects(recorded(event, stream_of(event))) if isinstance(e, Put | Delete)]
        places = [(effect.table.name, effect.key) for effect in rows]
        assert len(set(places)) == len(places), "one event may not delete and put the same row"
        assert {effect.table.name for effect in rows} <= {table.name for table in projection.tables}


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.type_name)
def test_saying_it_again_says_the_same(event: Event) -> None:
    for projection in PROJECTIONS:
        sent = recorded(event, stream_of(event))
        assert projection.effects(sent) == projection.effects(sent)


def test_no_two_projections_own_one_table() -> None:
    names = [table.name for projection in PROJECTIONS for table in projection.tables]
    assert len(set(names)) == len(names)
    assert len({projection.id for projection in PROJECTIONS}) == len(PROJECTIONS)


@pytest.mark.parametrize(
    "row", [{}, {"name_id": "1", "place": "2"}, {"name_id": "1", "place": "2", "name": "x", "y": 1}]
)
def test_a_put_writes_every_column_and_no_other(row: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="a Put writes every column of names"):
        Put(NAMES, **row)


@pytest.mark.parametrize("key", [{}, {"name_id": "1"}, {"name_id": "1", "place": "2", "name": "x"}])
def test_a_delete_names_the_whole_key_and_nothing_else(key: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="a Delete names the whole key of names"):
        Delete(NAMES, **key)


def test_an_event_has_one_function_in_a_projection() -> None:
    projection = Projection("twice", topics=[ENGAGEMENT], tables=[])

    def nothing(_recorded: object) -> Effects:
        return []

    projection.projects(PostLiked, Followed)(nothing)
    with pytest.raises(TypeError, match="twice projects PostLiked twice"):
        projection.projects(PostLiked)(nothing)
