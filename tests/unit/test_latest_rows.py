"""Rows that nobody counts are written once a batch: as if each change had been written in its turn."""

from hypothesis import given
from hypothesis import strategies as some

from processors.counts import Change, latest
from projections.effects import Put
from projections.ports import Origin
from projections.posts import POSTS
from schemas.tables import Key

CHANGES = some.lists(some.tuples(some.sampled_from("abc"), some.integers(1, 4)), max_size=12)


def put(post: str, number: int, offset: int) -> Change:
    row = dict.fromkeys(POSTS.types) | {"post_id": post}
    return Change.of(Put(POSTS, **row), number, Origin(0, offset))


@given(CHANGES)
def test_what_is_left_of_a_batch_is_what_one_by_one_would_leave(said: list[tuple[str, int]]) -> None:
    changes = [put(post, number, offset) for offset, (post, number) in enumerate(said)]
    stored: dict[Key, Change] = {}
    for change in changes:  # as every store has it: what is not above what stands is dropped
        standing = stored.get(change.key)
        if standing is None or change.number > standing.number:
            stored[change.key] = change
    assert {change.key: change for change in latest(changes)} == stored
