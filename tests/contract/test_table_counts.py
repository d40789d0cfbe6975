"""What every adapter of Tables promises about counted tables: where a row came from, and what the counts add up to."""

import pytest

from projections.ports import MAX_KEYS, Origin, Stamp, Tables, Write
from schemas.tables import TEXT, Count, Key, Table
from tests.contract.fixtures_read import EVERY_TABLES
from tests.contract.fixtures_write import unique

pytestmark = EVERY_TABLES

MARKS = Table(
    "suite_marks",
    partition="post_id, bucket",
    order="account_id",
    columns={"mark": TEXT},
    counts=Count("mark_count", per="post_id"),
)
PAIRS = Table(
    "suite_pairs", partition="left_id, right_id", order="n_id", counts=Count("pair_count", per="left_id, right_id")
)


@pytest.fixture(autouse=True)
async def created(tables: Tables) -> None:
    await tables.create([MARKS, PAIRS])


def a_mark(key: Key, number: int, origin: Origin, was: bool) -> Write:
    row = dict(zip(MARKS.key_columns, key, strict=True)) | {"mark": "x"}
    return Write(MARKS, key, number, row, origin=origin, was=was)


def a_size(table: Table, per: Key, log_partition: int, lane: str, number: int, size: int) -> Write:
    key = (*per, log_partition, lane)
    return Write(table.sizes, key, number, dict(zip(table.sizes.key_columns, key, strict=True)) | {"size": size})


async def test_a_stamp_says_which_event_wrote_the_row_and_whether_it_was_there_before(tables: Tables) -> None:
    key = (unique("post"), 0, "ac_1")
    await tables.write([a_mark(key, 1, Origin(2, 70), was=False)])
    assert await tables.stamps(MARKS, [key]) == {key: Stamp(1, True, False, Origin(2, 70))}
    await tables.write([Write(MARKS, key, 2, None, origin=Origin(2, 90), was=True)])
    assert await tables.stamps(MARKS, [key]) == {key: Stamp(2, False, True, Origin(2, 90))}


async def test_a_delete_of_a_row_that_never_was_leaves_a_stamp(tables: Tables) -> None:
    key = (unique("post"), 0, "ac_1")
    await tables.write([Write(MARKS, key, 3, None, origin=Origin(1, 5), was=False)])
    assert await tables.stamps(MARKS, [key]) == {key: Stamp(3, False, False, Origin(1, 5))}


async def test_a_late_write_or_a_second_of_the_same_number_leaves_the_stamp_alone(tables: Tables) -> None:
    key = (unique("post"), 0, "ac_1")
    await tables.write([a_mark(key, 2, Origin(1, 10), was=True)])
    await tables.write([a_mark(key, 1, Origin(1, 9), was=False)])
    await tables.write([a_mark(key, 2, Origin(1, 11), was=False)])
    await tables.write([Write(MARKS, key, 2, None, origin=Origin(9, 99), was=False)])
    assert await tables.stamps(MARKS, [key]) == {key: Stamp(2, True, True, Origin(1, 10))}


async def test_stamps_of_never_written_rows_are_left_out(tables: Tables) -> None:
    assert await tables.stamps(MARKS, [(unique("post"), 0, "ac_1")]) == {}


async def test_the_count_of_what_was_never_counted_is_zero(tables: Tables) -> None:
    post = unique("post")
    assert await tables.sizes(MARKS, [(post,)]) == {(post,): 0}
    assert await tables.sizes(MARKS, []) == {}


async def test_a_count_is_the_sum_over_log_partitions_and_lanes(tables: Tables) -> None:
    post, other = unique("post"), unique("post")
    await tables.write(
        [
            a_size(MARKS, (post,), 0, "", 10, 5),
            a_size(MARKS, (post,), 3, "", 4, 7),
            a_size(MARKS, (post,), 3, f"like/{post}/ac_1", 2, -1),
            a_size(MARKS, (other,), 0, "", 11, 100),
        ]
    )
    assert await tables.sizes(MARKS, [(post,), (other,)]) == {(post,): 11, (other,): 100}


async def test_a_count_asked_for_twice_is_the_same_count(tables: Tables) -> None:
    post = unique("post")
    await tables.write([a_size(MARKS, (post,), 0, "", 1, 5)])
    assert await tables.sizes(MARKS, [(post,), (post,)]) == {(post,): 5}


async def test_a_size_is_replaced_by_a_later_one_alone(tables: Tables) -> None:
    post = unique("post")
    for number, size in [(5, 50), (4, 40), (5, 55), (6, 60)]:
        await tables.write([a_size(MARKS, (post,), 0, "", number, size)])
        assert await tables.sizes(MARKS, [(post,)]) == {(post,): 60 if number == 6 else 50}


async def test_a_size_row_is_read_like_any_other_row(tables: Tables) -> None:
    post = unique("post")
    await tables.write([a_size(MARKS, (post,), 1, "", 8, 3)])
    expected = {"post_id": post, "log_partition": 1, "lane": "", "size": 3}
    assert await tables.slice(MARKS.sizes, (post,), 5) == [expected]
    assert (await tables.stamps(MARKS.sizes, [(post, 1, "")]))[post, 1, ""].number == 8


async def test_a_deleted_size_counts_nothing(tables: Tables) -> None:
    post = unique("post")
    await tables.write([a_size(MARKS, (post,), 0, "", 1, 5), a_size(MARKS, (post,), 1, "", 1, 2)])
    await tables.write([Write(MARKS.sizes, (post, 0, ""), 2, None)])
    assert await tables.sizes(MARKS, [(post,)]) == {(post,): 2}
    await tables.write([Write(MARKS.sizes, (post, 1, ""), 2, None)])
    assert await tables.sizes(MARKS, [(post,)]) == {(post,): 0}


async def test_counts_may_be_kept_per_several_columns(tables: Tables) -> None:
    left = unique("left")
    await tables.write([a_size(PAIRS, (left, right), 0, "", 1, size) for right, size in [("a", 1), ("b", 2), ("", 3)]])
    keys = [(left, "b"), (left, "a"), (left, "")]
    assert await tables.sizes(PAIRS, keys) == {(left, "a"): 1, (left, "b"): 2, (left, ""): 3}


async def test_a_hundred_counts_can_be_asked_for_and_no_more(tables: Tables) -> None:
    posts = [(unique("post"),) for _ in range(MAX_KEYS + 1)]
    await tables.write([a_size(MARKS, post, 0, "", 1, size) for size, post in enumerate(posts)])
    found = await tables.sizes(MARKS, posts[:MAX_KEYS])
    assert [found[post] for post in posts[:MAX_KEYS]] == list(range(MAX_KEYS))
    with pytest.raises(ValueError, match="101"):
        await tables.sizes(MARKS, posts)


async def test_a_table_that_is_not_counted_has_no_sizes(tables: Tables) -> None:
    with pytest.raises(TypeError, match="suite_marks_sizes is not counted"):
        await tables.sizes(MARKS.sizes, [("x",)])
