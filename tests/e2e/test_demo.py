"""The demo against a real server: it succeeds, adds nothing the second time, survives interruption, notices trouble."""

import asyncio
import re
from pathlib import Path

import pytest

from infra.local.demo.client import Client
from infra.local.demo.photos import PHOTOS
from infra.local.demo.report import Summary, render
from infra.local.demo.scenario import play
from infra.local.demo.stage import password, username
from tests.callers import callers
from tests.e2e.conftest import BACKENDS
from tests.forms import LONG

INTERRUPTIONS = (
    ("signs up", 2),
    (" follows ", 3),
    (" posts ", 2),
    (" posts ", 6),
    (" likes ", 4),
    (" writes: ", 2),
    ("deletes a comment", 1),
    ("takes it back", 1),
    ("writes: Taken down", 1),
    (" deletes (?!a comment)", 1),
)
"""What the demo is about to do, and for which time, when it is cancelled: in the order in which it happens."""


async def quietly(url: str) -> Summary:
    return await play(url, PHOTOS, lambda line: None)


async def interrupted(url: str, moment: str, times: int) -> None:
    """Cancels the demo when it says the moment for that time, and raises CancelledError; if it never does, nothing."""
    heard = 0

    def hear(line: str) -> None:
        nonlocal heard
        heard += bool(re.search(moment, line))
        if heard == times:
            running.cancel()

    running = asyncio.create_task(play(url, PHOTOS, hear))
    await running


async def test_the_demo_succeeds_adds_nothing_the_second_time_and_says_what_it_finds_changed(shared_url: str) -> None:
    first = await quietly(shared_url)
    assert first.failures == []
    assert len(first.timings) == len(first.post_ids) + 1, "every photo was measured, the deleted one too"
    assert "The demo succeeded" in render(first)

    second = await quietly(shared_url)
    assert second.failures == []
    assert second.added == []
    assert second.post_ids == first.post_ids
    assert second.feeds == first.feeds
    assert second.checked == first.checked

    await say_too_much(shared_url, first)
    third = await quietly(shared_url)
    assert third.added == []
    assert any(failure.startswith("comment_count of ") for failure in third.failures)
    assert any("I was not asked to say this" in failure for failure in third.failures)
    assert "FAILED" in render(third)


async def say_too_much(url: str, played: Summary) -> None:
    """One of the demo's people writes a comment that is not in the script."""
    caption, post_id = next(iter(played.post_ids.items()))
    async with callers(url) as http:
        eli = Client(http)
        await eli.log_in(username("eli"), password("eli"))
        await eli.post(f"/posts/{post_id}/comments", {"text": f"I was not asked to say this about {caption}"})


@pytest.mark.chaos
@pytest.mark.parametrize("backend", BACKENDS if LONG else ["embedded"], indirect=True, scope="module")
async def test_a_demo_that_was_interrupted_at_any_act_is_completed_by_the_next(server_url: str) -> None:
    # Where the log and the ledger are cannot matter to whoever repeats: both backends are for the long form.
    for moment, times in INTERRUPTIONS if LONG else INTERRUPTIONS[1::3]:
        with pytest.raises(asyncio.CancelledError):
            await interrupted(server_url, moment, times)
    completed = await quietly(server_url)
    assert completed.failures == []
    assert (await quietly(server_url)).added == []


async def test_a_demo_without_a_server_says_so(unused_tcp_port: int) -> None:
    summary = await quietly(f"http://127.0.0.1:{unused_tcp_port}")
    assert summary.failures
    assert all("expected a Photolog server at http://127.0.0.1" in failure for failure in summary.failures)


async def test_a_demo_with_too_few_photos_says_how_many_it_needs(tmp_path: Path) -> None:
    summary = await play("http://127.0.0.1:9", tmp_path, lambda line: None)
    assert summary.failures == [
        f"the demo needs at least 10 photos (.jpg, .png, .webp, .avif) in {tmp_path}, there are 0"
    ]
