"""Which version is meant: of a request one and the same up to its end, of others what is live."""

import asyncio

import pytest

from projections.all import PROJECTIONS
from projections.comments import COMMENTS
from projections.likes import LIKES
from projections.live import ARRIVES_S, Live
from projections.site import Held, SiteState, read, written
from projections.versions import Standing, Versions
from schemas.errors import NotYetVisible, Unavailable
from schemas.tables import Table

SECOND = SiteState().with_versions(
    "likes", Versions().begun().standing(2, Standing.FOLLOWING).found(2, True).switched(2)
)


class State:
    """What is held."""

    def __init__(self) -> None:
        self.state: SiteState | None = SiteState()

    async def current(self) -> Held | None:
        return None if self.state is None else Held(self.state, 1, 1.0, lambda: 0.0)


async def test_a_request_goes_by_one_version_to_its_end_and_the_next_by_what_is_live() -> None:
    state = State()
    live = Live(PROJECTIONS, state.current)

    async def request(between: asyncio.Event, go_on: asyncio.Event) -> list[str]:
        await live.begin()
        names = [(await live()).table(LIKES).stored_name]
        between.set()
        await go_on.wait()
        return [*names, (await live()).table(LIKES.sizes).stored_name]

    between, go_on = asyncio.Event(), asyncio.Event()
    first = asyncio.create_task(request(between, go_on))
    await between.wait()
    state.state = SECOND
    assert (await live()).table(LIKES).stored_name == "likes_v2", "who makes no request goes by now"
    go_on.set()
    assert await first == ["likes", "likes_sizes"]
    assert await asyncio.create_task(request(asyncio.Event(), go_on)) == ["likes_v2", "likes_sizes_v2"]


async def test_where_nobody_can_say_what_is_live_no_table_is_read_to_the_end_of_the_request() -> None:
    state = State()
    live = Live(PROJECTIONS, state.current)

    async def request() -> None:
        state.state = None
        await live.begin()
        state.state = SECOND
        with pytest.raises(Unavailable):
            await live()

    await asyncio.create_task(request())
    assert (await live()).subscriber("likes@v1") == "likes@v2"


async def test_what_is_new_to_an_old_site_answers_nobody_but_those_who_feed_it() -> None:
    state = State()
    live = Live(PROJECTIONS, state.current)
    state.state = read(written(SiteState().met({"likes": 1})))
    with pytest.raises(NotYetVisible, match="likes is new here") as refused:
        (await live()).table(LIKES)
    assert refused.value.headers() == {"Retry-After": str(ARRIVES_S)}
    assert (await live.fed()).table(LIKES) == LIKES
    assert (await live()).table(COMMENTS) == COMMENTS
    state.state = state.state.arrived("likes", 1)
    assert (await live()).table(LIKES) == LIKES


def test_another_version_is_answered_from_though_the_first_is_still_arriving() -> None:
    assert SECOND.met({"likes": 1}).is_arriving("likes") is False
    assert SiteState().met({"likes": 1}).is_arriving("likes")


async def test_tables_of_nobody_and_copies_have_one_name_for_all_versions() -> None:
    live = Live(PROJECTIONS, State().current)
    nobody = Table("toys", partition="toy_id")
    assert (await live()).table(nobody) is nobody
    assert LIKES.at(2).cache_key(("a",)) == LIKES.cache_key(("a",))


def test_another_live_version_raises_the_epoch_and_nothing_else_does() -> None:
    begun = SiteState(epoch=3).with_versions("likes", Versions().begun())
    assert begun.epoch == 3
    assert SECOND.epoch == 1
