"""Pages are never short while more exists, whatever is hidden: `fill` over a list, with any filter."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_api.paging import HIDDEN_RUN, Items, fill


class Listing:
    """The numbers from 1 to `size`, some of them hidden; knows how often it was read."""

    def __init__(self, size: int, hidden: Callable[[int], bool]) -> None:
        self.size = size
        self.hidden = hidden
        self.reads = 0

    async def fetch(self, after: int | None, limit: int) -> Sequence[int]:
        """The next numbers."""
        self.reads += 1
        first = (after or 0) + 1
        return list(range(first, min(first + limit, self.size + 1)))

    async def show(self, numbers: Sequence[int]) -> list[dict[str, Any] | None]:
        """What is not hidden."""
        return [None if self.hidden(number) else {"number": number} for number in numbers]

    async def page(self, after: int | None, limit: int) -> Items[int, dict[str, Any]]:
        """One page."""
        return await fill(self.fetch, self.show, after, limit)

    async def pages(self, limit: int) -> list[list[int]]:
        """Every page, by following cursors."""
        found, after = [], None
        while True:
            items = await self.page(after, limit)
            found.append([item["number"] for item in items.shown])
            if items.last is None:
                return found
            after = items.last


@given(st.integers(0, 60), st.integers(1, 10), st.sets(st.integers(1, 60)))
async def test_pages_hold_everything_that_is_shown_once_in_order_and_only_the_last_is_short(
    size: int, limit: int, hidden: set[int]
) -> None:
    pages = await Listing(size, hidden.__contains__).pages(limit)
    assert [number for page in pages for number in page] == [n for n in range(1, size + 1) if n not in hidden]
    assert all(len(page) == limit for page in pages[:-1])
    assert len(pages) == 1 or pages[-1], "a page is announced only if there is something on it"


async def test_an_empty_list_is_one_empty_page() -> None:
    assert await Listing(0, lambda number: False).page(None, 5) == Items([], None)


async def test_a_list_that_just_fits_announces_no_next_page() -> None:
    assert (await Listing(5, lambda number: False).page(None, 5)).last is None
    assert (await Listing(6, lambda number: False).page(None, 5)).last == 5


async def test_a_page_is_read_at_once_when_nothing_is_hidden() -> None:
    listing = Listing(1_000, lambda number: False)
    await listing.page(None, 20)
    assert listing.reads == 1


@pytest.mark.parametrize("limit", [1, 20, 100])
async def test_a_long_hidden_run_is_crossed_in_few_reads(limit: int) -> None:
    listing = Listing(3_000 + limit, lambda number: limit <= number < 3_000)
    assert len((await listing.page(None, limit)).shown) == limit
    assert listing.reads <= 3_000 // HIDDEN_RUN + 2
