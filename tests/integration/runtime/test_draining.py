"""A held stream is taken once operators have decided: whole, in order, and counts stay exact."""

import pytest

from projections.dead_letters import LETTERS
from projections.likes import PROJECTION as LIKING
from tests.integration.runtime.letters import BAD, Bench, comment, like
from tests.integration.schedules.fate import Fate, Killed, dies_before


async def test_a_held_stream_waits_across_two_restarts_and_is_taken_whole_and_in_order(bench: Bench) -> None:
    await bench.append(comment(1), comment(2), (comment(3), BAD), comment(4))
    await (await bench.process()).takes()
    await bench.append(comment(3, version=2), comment(5))
    second = await bench.process()
    await second.takes()
    assert second.holds == [comment(3).stream]
    assert await bench.comments() == (["text 5", "text 4", "text 2", "text 1"], 4)
    await bench.append(comment(5, version=2))
    third = await bench.process()
    await third.takes()
    await bench.replace("ev_3_1", comment(3))
    await third.drains()
    assert third.holds == []
    assert await bench.comments() == (["text 4", "text 2", "text 1"], 3), "comment 3 was written, then deleted"
    await (await bench.process()).takes()
    assert (await bench.process()).holds == []


async def test_a_comment_that_was_held_counts_although_later_ones_were_counted_before(bench: Bench) -> None:
    await bench.append(comment(1), (comment(2), BAD), comment(3))
    process = await bench.process()
    await process.takes()
    await bench.append(comment(4))
    await process.takes()
    assert (await bench.comments())[1] == 3
    await bench.replace("ev_2_1", comment(2))
    await process.drains()
    assert await bench.comments() == (["text 4", "text 3", "text 2", "text 1"], 4)
    await bench.append(comment(5), comment(2, version=2))
    await process.takes()
    assert await bench.comments() == (["text 5", "text 4", "text 3", "text 1"], 4)


async def test_a_drain_that_a_kill_cut_short_is_repeated_and_counts_nothing_twice(bench: Bench) -> None:
    await bench.append(comment(1), (comment(2), BAD), comment(3))
    await (await bench.process()).takes()
    await bench.replace("ev_2_1", comment(2))
    killed = await bench.process(fate=Fate().at("write", dies_before))
    with pytest.raises(Killed):
        await killed.drains()
    assert (await bench.comments())[1] == 3
    successor = await bench.process()
    assert successor.holds == [comment(2).stream]
    await successor.drains()
    assert await bench.comments() == (["text 3", "text 2", "text 1"], 3)


async def test_a_drained_stream_that_is_read_again_is_counted_in_the_lane_where_it_was(bench: Bench) -> None:
    await bench.append(comment(1), (comment(2), BAD))
    process = await bench.process()
    await process.takes()
    await bench.replace("ev_2_1", comment(2))
    await process.drains()
    await bench.site.views.write("UPDATE positions SET next_offset = 1, finished = 1, event_id = 'ev_1_1'")
    again = await bench.process()
    await again.takes()
    assert await bench.comments() == (["text 2", "text 1"], 2)


async def test_an_order_is_carried_out_by_who_comes_later_too(bench: Bench) -> None:
    await bench.append(comment(1), (comment(2), BAD))
    await (await bench.process()).takes()
    await bench.discard("ev_2_1")
    await bench.append(comment(2, version=2), comment(3))
    process = await bench.process()
    await process.takes()
    await process.drains()
    assert process.holds == []
    assert await bench.comments() == (["text 3", "text 1"], 2)
    await bench.site.views.write("DELETE FROM positions WHERE projection = 'comments@v1'")
    rebuilt = await bench.process()
    await rebuilt.takes()
    assert rebuilt.holds == [], "who reads the log from its beginning passes it over as well"
    assert await bench.comments() == (["text 3", "text 1"], 2)


async def test_a_retry_in_vain_holds_on_and_is_no_news_twice(bench: Bench) -> None:
    await bench.append((comment(1), BAD), comment(1, version=2))
    process = await bench.process()
    await process.takes()
    await bench.retry("ev_1_1")
    for _ in range(3):
        await process.drains()
        await bench.heard()
    assert process.holds == [comment(1).stream]
    (letter,) = await bench.site.tables.slice(LETTERS, ("comments",), 10)
    assert (letter["status"], letter["said"]) == ("held", 3), "held, retried, held"


async def test_a_later_event_of_the_stream_may_be_bad_too(bench: Bench) -> None:
    await bench.append((comment(1), BAD), (comment(1, version=2), b"{}"), comment(2))
    process = await bench.process()
    await process.takes()
    await bench.replace("ev_1_1", comment(1))
    await process.drains()
    assert process.holds == [comment(1).stream]
    assert await bench.comments() == (["text 2", "text 1"], 2)
    await bench.replace("ev_1_2", comment(1, version=2))
    await process.drains()
    assert process.holds == []
    assert await bench.comments() == (["text 2"], 1)


async def test_a_like_holds_nothing_but_itself_and_its_number_decides(bench: Bench) -> None:
    await bench.append((like("ac_1", 1), BAD), (like("ac_2", 1), BAD), like("ac_1", 2, likes=False), like("ac_3", 1))
    process = await bench.process(LIKING)
    await process.takes()
    assert process.holds == ["@0", "@1"]
    assert await bench.likes() == 1
    for account in ("ac_1", "ac_2"):
        await bench.replace(f"ev_{account}_1", like(account, 1), LIKING)
        await process.drains()
    assert process.holds == []
    assert await bench.likes() == 2, "ac_1 has thought better of it since"
    await bench.append(like("ac_2", 2, likes=False))
    await process.takes()
    assert await bench.likes() == 1
