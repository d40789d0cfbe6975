"""A declaration of a table says all that adapters, processors and queries need to know about it."""

import pytest

from schemas.tables import BOOL, INT, JSON, TEXT, TIME, ColumnType, Count, Table, key_type

LIKES = Table(
    "likes",
    partition="post_id, bucket",
    order="liked_at desc, account_id",
    columns={"note": JSON, "loud": BOOL},
    subject="account_id",
    counts=Count("like_count", per="post_id", cached=7),
    cached=30,
)


def test_the_key_is_the_partition_and_then_the_order() -> None:
    assert LIKES.partition_columns == ("post_id", "bucket")
    assert LIKES.order_columns == ("liked_at", "account_id")
    assert LIKES.key_columns == ("post_id", "bucket", "liked_at", "account_id")


def test_each_order_column_has_a_direction() -> None:
    assert LIKES.descending == (True, False)
    assert Table("t", partition="a_id", order="b_id, c_id").descending == (False, False)


def test_a_table_without_order_is_keyed_by_its_partition() -> None:
    alone = Table("t", partition="a_id")
    assert (alone.order_columns, alone.descending, alone.key_columns) == ((), (), ("a_id",))


@pytest.mark.parametrize("declared", ["a_id,b_id", " a_id , b_id ", "a_id, b_id,"])
def test_spaces_around_commas_mean_nothing(declared: str) -> None:
    assert Table("t", partition=declared).partition_columns == ("a_id", "b_id")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("liked_at", TIME),
        ("bucket", INT),
        ("log_partition", INT),
        ("post_id", TEXT),
        ("lane", TEXT),
        ("at", TEXT),
        ("buckets", TEXT),
    ],
)
def test_the_type_of_a_key_column_follows_from_its_name(name: str, kind: ColumnType) -> None:
    assert key_type(name) is kind


def test_types_name_every_column_key_first() -> None:
    expected = {"post_id": TEXT, "bucket": INT, "liked_at": TIME, "account_id": TEXT, "note": JSON, "loud": BOOL}
    assert list(LIKES.types.items()) == list(expected.items())


def test_the_key_of_a_row_is_in_declared_order() -> None:
    row = {"loud": True, "account_id": "ac", "liked_at": 5, "bucket": 0, "post_id": "po", "note": None}
    assert LIKES.key(row) == ("po", 0, 5, "ac")


def test_a_row_that_lacks_part_of_its_key_has_no_key() -> None:
    with pytest.raises(KeyError, match="bucket"):
        LIKES.key({"post_id": "po"})


def test_sizes_lie_in_a_table_of_one_row_per_log_partition_and_lane() -> None:
    sizes = LIKES.sizes
    assert sizes.name == "likes_sizes"
    assert sizes.key_columns == ("post_id", "log_partition", "lane")
    assert sizes.types == {"post_id": TEXT, "log_partition": INT, "lane": TEXT, "size": INT}
    assert (LIKES.cached, sizes.cached) == (30, 7)
    assert sizes.counts is None


def test_a_count_may_be_per_several_columns() -> None:
    pairs = Table("pairs", partition="a_id, b_id", order="c_id", counts=Count("pair_count", per="a_id, b_id"))
    assert pairs.sizes.partition_columns == ("a_id", "b_id")


def test_a_table_that_is_not_counted_has_no_sizes() -> None:
    with pytest.raises(TypeError, match="likes_sizes is not counted"):
        _ = LIKES.sizes.sizes


def test_declarations_are_values() -> None:
    twin = Table("t", partition="a_id", columns={"x": INT})
    same = Table("t", partition="a_id", columns={"x": INT})
    assert {twin: 1}[same] == 1
    assert twin != Table("t", partition="a_id", columns={"x": TEXT})
