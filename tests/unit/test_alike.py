"""Keys that one query is asked for: blocks cover everything that is looked for, and a bounded part of the rest;
products cover it and nothing else."""

import random
from itertools import product

import pytest

from infra.cql.alike import ACROSS, blocks, products
from projections.comments import COMMENTS
from projections.feed import POSTS_BY_AUTHOR, SALTED_POSTS
from projections.likes import LIKES
from projections.posts import POSTS as POST_ROWS
from schemas.tables import Key, Table


def covered(table: Table, keys: list[Key]) -> set[Key]:
    return {
        (*partition, *order)
        for block in blocks(table, keys)
        for partition in product(*block.partitions)
        for order in (block.order or [()])
    }


@pytest.mark.parametrize("seed", range(5))
def test_every_key_is_covered_however_they_lie(seed: int) -> None:
    chance = random.Random(seed)
    keys: list[Key] = [
        (f"po{chance.randrange(40)}", chance.randrange(3), f"ac{chance.randrange(60)}") for _ in range(400)
    ]
    assert set(keys) <= covered(LIKES, keys)


def test_a_block_looks_into_so_many_partitions_and_for_so_many_rows_at_most() -> None:
    fresh: list[Key] = [(f"po{number}", number, f"cm{number}") for number in range(3 * ACROSS)]
    found = blocks(COMMENTS, fresh)
    assert len(found) == 3
    assert all(len(block.partitions[0]) <= ACROSS and len(block.order) <= ACROSS for block in found)


def test_partitions_that_differ_in_several_columns_share_a_block() -> None:
    keys: list[Key] = [(f"po{number}", number % 3, f"ac{number}") for number in range(6)]
    (block,) = blocks(LIKES, keys)
    assert len(covered(LIKES, keys)) == 6 * 3 * len(block.order)


def test_many_rows_of_one_partition_are_asked_for_alone() -> None:
    keys: list[Key] = [("po1", 0, f"ac{number}") for number in range(ACROSS)] + [("po2", 0, "ac1")]
    found = [(*block.partitions[0], len(block.order)) for block in blocks(LIKES, keys)]
    assert sorted(found) == [("po1", ACROSS), ("po2", 1)]


def test_tables_whose_partitions_are_rows_are_asked_for_partitions_alone() -> None:
    (block,) = blocks(POST_ROWS, [("po1",), ("po2",), ("po1",)])
    assert sorted(block.partitions[0]) == ["po1", "po2"]
    assert covered(POST_ROWS, [("po1",), ("po2",)]) == {("po1",), ("po2",)}


def test_what_is_a_product_is_asked_for_at_once() -> None:
    authors = ["ac1", "ac2", "ac3"]
    keys: list[Key] = [(author, salt) for author in authors for salt in (1, 2)]
    assert list(products(SALTED_POSTS, ("author_id", "salt"), keys)) == [(authors, [1, 2])]
    assert list(products(POSTS_BY_AUTHOR, ("author_id",), [("ac1",), ("",), ("ac2",)])) == [(["ac1", "ac2"],)]
    assert list(products(POSTS_BY_AUTHOR, ("author_id",), [])) == []


@pytest.mark.parametrize("seed", range(5))
def test_products_are_of_every_key_once_and_of_no_other(seed: int) -> None:
    chance = random.Random(seed)
    keys: list[Key] = [tuple(chance.randrange(3) for _ in range(3)) for _ in range(15)]
    found = [key for values in products(LIKES, ("a", "b", "c"), keys) for key in product(*values)]
    assert sorted(found) == sorted(set(keys))
