"""Idempotency-Keys on a real ledger: one answer however often it is asked, and nothing personal on disk in clear."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from commands.accounts import ChangeProfile, account_stream
from commands.once import LEASE_MS, Answer, Attempt, Request, Work
from infra.process.clock import wall_clock
from schemas.errors import (
    Gone,
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    PhotologError,
    RateLimited,
    TokenInvalid,
    Unavailable,
    UploadMissing,
)
from schemas.ids import AccountId, Millis
from tests.integration.stores import Alone, Site, open_site

SECRET_BIO = "nobody may find these words"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    opened = open_site(tmp_path)
    yield opened
    opened.views.close()
    opened.truth.close()


def asked(actor: str = "ac_1", key: str | None = "k", body: bytes = b"{}", path: str = "/me") -> Request:
    return Request(actor, "PATCH", path, key, body)


class Crash(Exception):
    """The process died here."""


class Counting:
    """Work that answers how often it was done, or raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self.attempts: list[Attempt] = []
        self.error = error

    async def __call__(self, attempt: Attempt) -> Answer:
        self.attempts.append(attempt)
        if self.error:
            raise self.error
        return Answer(200, {"time": len(self.attempts)}, {"Log-Position": "W10"})


def everything_in(folder: Path) -> bytes:
    """Every byte of the file that holds the truth, and of its write-ahead log."""
    return b"".join(file.read_bytes() for file in folder.glob("log.sqlite*"))


def changing(site: Site, actor: AccountId, bio: str) -> Work:
    """Work that decides something and answers with something personal."""

    async def work(attempt: Attempt) -> Answer:
        decision = await site.handler.handle(ChangeProfile(actor, None, bio), attempt.cause)
        return Answer(200, {"bio": decision.state.bio}, {}, actor)

    return work


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


async def stored_digest(site: Site) -> str:
    (row,) = site.truth.rows("SELECT body_hash FROM key_records")
    return str(row["body_hash"])


async def test_what_is_kept_of_a_body_tells_nobody_without_the_secret_what_it_was(site: Site) -> None:
    body = b'{"password": "correct horse"}'
    await site.once.run(asked(body=body), Counting())
    kept = await stored_digest(site)
    for algorithm in ("sha256", "sha1", "md5", "sha512"):
        for guess in (body, asked(body=body).scope.encode() + b"\n" + body):
            assert kept != hashlib.new(algorithm, guess).hexdigest()
    await site.truth.write("DELETE FROM key_records")
    await replace(site.once, body_keys=[b"another site's"]).run(asked(body=body), Counting())
    assert await stored_digest(site) != kept


async def test_two_requests_with_one_body_cannot_be_told_to_have_it(site: Site) -> None:
    for key in ("k1", "k2"):
        await site.once.run(asked(key=key), Counting())
    assert len({row["body_hash"] for row in site.truth.rows("SELECT body_hash FROM key_records")}) == 2


async def test_a_retry_across_a_rotation_of_the_secret_gets_the_first_answer(site: Site) -> None:
    before, both = replace(site.once, body_keys=[b"old"]), replace(site.once, body_keys=[b"new", b"old"])
    first = await before.run(asked(), Counting())
    assert await both.run(asked(), Counting()) == first
    with pytest.raises(IdempotencyKeyReused):
        await both.run(asked(body=b"{ }"), Counting())


async def test_a_retry_across_the_upgrade_from_plain_hashes_gets_the_first_answer(site: Site) -> None:
    first = await site.once.run(asked(), Counting())
    await site.truth.write("UPDATE key_records SET body_hash = ?", (hashlib.sha256(b"{}").hexdigest(),))
    assert await site.once.run(asked(), Counting()) == first
    with pytest.raises(IdempotencyKeyReused):
        await site.once.run(asked(body=b"{ }"), Counting())


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


async def test_a_command_that_was_done_before_its_answer_was_kept_is_not_done_again(site: Site) -> None:
    ann = await site.account("ann")
    work = changing(site, ann, "x")
    await site.once.run(asked(ann), work)
    await site.truth.write("UPDATE key_records SET answer = NULL, lease_until = 0")
    assert (await site.once.run(asked(ann), work)).body == {"bio": "x"}
    assert len(await site.ledger.load(account_stream(ann))) == 2


async def test_kept_answers_and_events_hold_nothing_personal_in_clear(site: Site, tmp_path: Path) -> None:
    ann = await site.account("annabella")
    answer = await site.once.run(asked(ann), changing(site, ann, SECRET_BIO))
    assert answer.body == {"bio": SECRET_BIO}
    on_disk = everything_in(tmp_path)
    assert ann.encode() in on_disk, "this is where it would be"
    for said in (SECRET_BIO, "annabella@example.org"):
        assert said.encode() not in on_disk
    assert (await site.once.run(asked(ann), changing(site, ann, "other"))).body == {"bio": SECRET_BIO}


async def test_a_kept_answer_is_lost_with_the_key_of_its_subject(site: Site) -> None:
    ann = await site.account("ann")
    await site.once.run(asked(ann), changing(site, ann, SECRET_BIO))
    await site.vault.destroy_key(ann)
    with pytest.raises(TokenInvalid):
        await site.once.run(asked(ann), changing(site, ann, SECRET_BIO))
