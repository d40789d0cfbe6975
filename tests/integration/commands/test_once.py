"""Idempotency-Keys on a real ledger: one answer however often it is asked for, one command however often tried."""

import asyncio
from dataclasses import replace

import pytest

from commands.answers import Answer
from commands.once import LEASE_MS, Attempt, Request
from infra.process.clock import wall_clock
from schemas.errors import (
    Gone,
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    PhotologError,
    RateLimited,
    TokenInvalid,
    Unavailable,
)
from schemas.ids import Millis
from schemas.refusals import UploadMissing
from tests.integration.commands.asking import Counting, Crash, asked
from tests.integration.handlers import Alone
from tests.integration.stores import Site


async def test_the_same_key_and_body_give_the_first_answer_again(site: Site) -> None:
    work = Counting()
    first = await site.once.run(asked(), work)
    assert await site.once.run(asked(), work) == first
    assert len(work.attempts) == 1


async def test_without_a_key_everything_is_done_again(site: Site) -> None:
    work = Counting()
    await site.once.run(asked(key=None), work)
    await site.once.run(asked(key=None), work)
    assert len({attempt.command_id for attempt in work.attempts}) == 2


async def test_another_body_under_the_same_key_is_refused(site: Site) -> None:
    await site.once.run(asked(), Counting())
    work = Counting()
    with pytest.raises(IdempotencyKeyReused):
        await site.once.run(asked(body=b"{ }"), work)
    assert work.attempts == []


@pytest.mark.parametrize(
    "other", [asked(actor="ac_2"), asked(key="k2"), asked(path="/posts"), replace(asked(), method="POST")]
)
async def test_a_key_counts_for_one_account_method_and_path(site: Site, other: Request) -> None:
    work = Counting()
    await site.once.run(asked(), work)
    await site.once.run(other, work)
    assert len(work.attempts) == 2


async def test_a_final_refusal_is_an_answer_and_kept(site: Site) -> None:
    work = Counting(Gone("it is gone"))
    first = await site.once.run(asked(), work)
    assert (first.status, first.body["code"]) == (410, "gone")
    assert first.headers["Content-Type"] == "application/problem+json"
    assert await site.once.run(asked(), Counting()) == first
    assert len(work.attempts) == 1


@pytest.mark.parametrize(
    "error",
    [
        TokenInvalid(),
        RateLimited(limit=1, reset_at=2, now=1),
        Unavailable(),
        PhotologError(),
        UploadMissing(),
    ],
    ids=lambda error: str(error.status),
)
@pytest.mark.parametrize("transactional", [True, False])
async def test_what_may_turn_out_otherwise_is_not_kept(site: Site, error: PhotologError, transactional: bool) -> None:
    once = site.once if transactional else replace(site.once, transactions=Alone())
    failed, retried = Counting(error), Counting()
    with pytest.raises(type(error)):
        await once.run(asked(), failed)
    assert (await once.run(asked(), retried)).status == 200
    if not transactional:
        assert retried.attempts == failed.attempts, "the same command, tried again"


async def test_an_attempt_that_fails_late_does_not_end_the_lease_of_its_successor(site: Site) -> None:
    now: Millis = wall_clock()
    once = replace(site.once, transactions=Alone(), clock=lambda: now)
    late = replace(once, clock=lambda: now + LEASE_MS)
    begun, go_on = asyncio.Event(), asyncio.Event()
    successors: list[asyncio.Task[Answer]] = []

    async def successor(_attempt: Attempt) -> Answer:
        begun.set()
        await go_on.wait()
        return Answer(200, {})

    async def overtaken(_attempt: Attempt) -> Answer:
        successors.append(asyncio.create_task(late.run(asked(), successor)))
        await begun.wait()
        raise Unavailable

    with pytest.raises(Unavailable):
        await once.run(asked(), overtaken)
    with pytest.raises(IdempotencyKeyInUse):
        await late.run(asked(), Counting())
    go_on.set()
    assert (await successors[0]).status == 200


async def test_a_key_is_in_use_while_its_first_request_runs_and_is_taken_over_when_its_lease_is_over(
    site: Site,
) -> None:
    now: Millis = wall_clock()
    once = replace(site.once, clock=lambda: now)
    ann = await site.account("ann")
    died, work = Counting(Crash()), Counting()
    with pytest.raises(Crash):
        await replace(once, transactions=Alone()).run(asked(ann), died)
    with pytest.raises(IdempotencyKeyInUse) as refusal:
        await once.run(asked(ann), work)
    assert refusal.value.retry_after == 1
    late = replace(site.once, clock=lambda: now + LEASE_MS)
    assert (await late.run(asked(ann), work)).status == 200
    assert work.attempts == died.attempts, "the same command, tried again"
