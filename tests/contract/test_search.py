"""What every adapter of Search promises: rows are found by their words, the newest first, and only as they are now."""

import random
from collections.abc import AsyncIterator, Iterable

import pytest

from projections.ports import Hit, Search, Write
from schemas.tables import TEXT, TIME, Searched, Table
from schemas.words import Term
from tests.contract.fixtures_read import EVERY_SEARCH, ReadSide
from tests.contract.fixtures_write import unique

pytestmark = EVERY_SEARCH


@pytest.fixture
def search(read_side: ReadSide) -> Search:
    return read_side.search


@pytest.fixture
async def table(search: Search) -> AsyncIterator[Table]:
    made = Table(
        unique("found"),
        partition="post_id",
        columns={"words": TEXT, "published_at": TIME},
        searched=Searched("words", newest="published_at"),
    )
    for _ in range(2):
        await search.create([made])
    yield made
    await search.remove([made])


def put(table: Table, key: str, words: str, at: int, number: int = 1) -> Write:
    return Write(table, (key,), number, {"post_id": key, "words": words, "published_at": at})


def gone(table: Table, key: str, number: int) -> Write:
    return Write(table, (key,), number, None)


async def found(search: Search, table: Table, *terms: str, limit: int = 10, after: Hit | None = None) -> list[str]:
    asked = [Term(term.removesuffix("*"), term.endswith("*")) for term in terms]
    return [hit.key for hit in await search.find(table, asked, limit, after)]


async def test_rows_that_have_all_the_words_are_found_the_newest_first(search: Search, table: Table) -> None:
    said = {"a": ("low tide", 10), "b": ("tide low sun", 30), "c": ("sun", 20)}
    await search.write([put(table, key, words, at) for key, (words, at) in said.items()])
    assert await found(search, table, "low", "tide") == ["b", "a"]
    assert await found(search, table, "sun") == ["b", "c"]
    assert await found(search, table, "lo") == await found(search, table, "moon", "sun") == []
    assert await search.find(table, [], 10) == []


async def test_words_are_found_by_how_they_begin(search: Search, table: Table) -> None:
    await search.write([put(table, "a", "annika lee", 10), put(table, "b", "joanna", 20), put(table, "c", "ann", 30)])
    assert await found(search, table, "ann*") == ["c", "a"]
    assert await found(search, table, "a*", "le*") == ["a"]


async def test_whatever_is_a_word_is_found_as_it_is(search: Search, table: Table) -> None:
    words = ["#fjord", "fjord", "@ann_m.k", "東京", "夏", "हिन्दी", "می\u200cخواهم", "#夏祭り", "und", "not", "or"]
    await search.write([put(table, word, f"x {word} y", 10) for word in words])
    for word in words:
        assert await found(search, table, word) == await found(search, table, word[:2] + "*") == [word]


async def test_a_row_is_found_by_what_it_says_now(search: Search, table: Table) -> None:
    await search.write([put(table, "a", "low", 10)])
    await search.write([put(table, "a", "high", 10, number=2)])
    assert (await found(search, table, "low"), await found(search, table, "high")) == ([], ["a"])
    await search.write([gone(table, "a", 3)])
    assert await found(search, table, "high") == []


async def test_what_is_older_or_of_the_same_number_changes_nothing(search: Search, table: Table) -> None:
    await search.write([put(table, "a", "low", 10, number=5), gone(table, "b", 5)])
    await search.write([put(table, "a", "high", 10, number=5), put(table, "b", "high", 10, number=4)])
    await search.write([gone(table, "a", 4)])
    assert (await found(search, table, "low"), await found(search, table, "high")) == (["a"], [])
    await search.write([put(table, "b", "again", 20, number=6)])
    assert await found(search, table, "again") == ["b"]


async def test_pages_hold_each_row_once_many_of_one_moment_and_more_coming(search: Search, table: Table) -> None:
    moments = {f"k{number:02}": number // 7 for number in range(20)}
    await search.write([put(table, key, "x", at) for key, at in shuffled(moments.items())])
    seen: list[Hit] = []
    while page := await search.find(table, [Term("x")], 5, seen[-1] if seen else None):
        seen += page
        await search.write([put(table, f"new{len(seen)}", "x", 99), put(table, "k00", "x", 0, number=len(seen) + 1)])
    assert [hit.key for hit in seen] == sorted(moments, reverse=True)
    assert all(hit.at == moments[hit.key] for hit in seen)


async def test_a_place_is_one_whether_or_not_its_row_is_still_there(search: Search, table: Table) -> None:
    await search.write([put(table, key, "x", at) for key, at in (("a", 10), ("b", 10), ("c", 20))])
    await search.write([gone(table, "b", 2)])
    assert await found(search, table, "x", after=Hit(10, "b")) == ["a"]
    assert await found(search, table, "x", after=Hit(15, "z")) == ["a"]


async def test_a_row_of_another_moment_moves(search: Search, table: Table) -> None:
    await search.write([put(table, "a", "x", 10), put(table, "b", "x", 20)])
    await search.write([put(table, "a", "x", 30, number=2)])
    assert await found(search, table, "x") == ["a", "b"]


async def test_tables_and_their_versions_are_apart_and_removed_ones_are_empty(search: Search, table: Table) -> None:
    second = table.at(2)
    await search.create([second])
    await search.write([put(second, "a", "x", 10)])
    assert (await found(search, table, "x"), await found(search, second, "x")) == ([], ["a"])
    for _ in range(2):
        await search.remove([second])
    await search.create([second])
    assert await found(search, second, "x") == []


def shuffled(items: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return random.Random(7).sample(list(items), 20)
