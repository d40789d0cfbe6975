"""The log in a program: typed events and Arrow batches, each event once, whatever loop is running."""

from events.posts import PostPublished
from infra.history.notebook import opened
from schemas.positions import Partition
from tests.integration.history.story import ANN, EVE, POSTS, Story


async def test_events_are_replayed_as_todays_types_each_once_and_in_order(told: Story) -> None:
    with opened(told.settings) as log:
        found = [one for one in log.replay() if one.recorded.id in told.first]
        assert {one.recorded.id for one in found} == told.expected.keys()
        assert len(found) == len(told.expected)
        assert all(one.position == told.first[one.recorded.id] for one in found)
        for place in {Partition.of(one.position) for one in found}:
            offsets = [one.position.offset for one in found if Partition.of(one.position) == place]
            assert offsets == sorted(offsets)


def test_a_replay_is_of_a_type_a_stream_a_subject_or_a_time_or_goes_on_from_an_offset(told: Story) -> None:
    with opened(told.settings) as log:
        published = [one.recorded.event for one in log.replay(types=["post.published"])]
        assert all(isinstance(event, PostPublished) for event in published)
        assert len(published) == 3
        assert len(list(log.replay(streams=[f"post/{POSTS[0]}"]))) == 2
        assert len(list(log.replay(streams=[f"post/{POSTS[0]}"], raw=True))) == 4
        assert {one.recorded.subject for one in log.replay(subjects=[EVE])} == {EVE}
        assert len(list(log.replay(subjects=[ANN], since="2027-01-16", until="2027-01-17"))) == 2
        ends = log.ends()
        assert list(log.replay(starts=ends)) == []
        assert len(list(log.replay(ends=ends, raw=True))) == sum(ends.values()) - 3


def test_arrow_batches_have_the_columns_of_the_types_table_and_nothing_personal(told: Story) -> None:
    with opened(told.settings) as log:
        table = log.table("post.published")
    assert table.num_rows == 3
    assert table.column("caption").null_count == 3
    assert str(table.schema.field("tags").type) == "list<item: string>"
